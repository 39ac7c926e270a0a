using System.Buffers.Binary;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using OrleansIngest.Timescale;

namespace OrleansIngest.Bench.Writing;

/// <summary>
/// A PostgreSQL connection that sends any number of statements as one simple query, as libpq does and Npgsql cannot.
/// Without TLS; passwords by SCRAM-SHA-256. For the baseline of the benchmark alone.
/// </summary>
internal sealed class SimpleQueryConnection : IAsyncDisposable
{
    private const int ProtocolVersion = 3 << 16;
    private const int Ok = 0, Sasl = 10, SaslContinue = 11, SaslFinal = 12;

    private readonly TcpClient _client;
    private readonly NetworkStream _stream;
    private byte[] _buffer = new byte[64 * 1024];

    private SimpleQueryConnection(TcpClient client)
    {
        _client = client;
        _stream = client.GetStream();
    }

    /// <summary>Connects as the write role.</summary>
    public static async Task<SimpleQueryConnection> OpenAsync(TimescaleOptions options, CancellationToken cancellationToken)
    {
        var client = new TcpClient { NoDelay = true };
        await client.ConnectAsync(options.Host, options.Port, cancellationToken);
        var connection = new SimpleQueryConnection(client);
        await connection.LogInAsync(options, cancellationToken);
        return connection;
    }

    /// <summary>Runs the statements in one round trip; they are one transaction.</summary>
    public async Task ExecuteAsync(string statements, CancellationToken cancellationToken)
    {
        await SendAsync('Q', Encoding.UTF8.GetBytes(statements + '\0'), cancellationToken);
        while (await ReceiveAsync(cancellationToken) is { Type: not (byte)'Z' })
        {
        }
    }

    public ValueTask DisposeAsync()
    {
        _client.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task LogInAsync(TimescaleOptions options, CancellationToken cancellationToken)
    {
        await SendAsync(null, [.. Int32(ProtocolVersion), .. Encoding.UTF8.GetBytes($"user\0{options.Username}\0database\0{options.Database}\0\0")], cancellationToken);
        var nonce = Convert.ToBase64String(RandomNumberGenerator.GetBytes(18));
        var serverSignature = Array.Empty<byte>();
        while (true)
        {
            var (type, body) = await ReceiveAsync(cancellationToken);
            if (type == 'Z')
            {
                return;
            }

            if (type != 'R')
            {
                continue; // parameters, the key for cancelling
            }

            switch (BinaryPrimitives.ReadInt32BigEndian(body.Span))
            {
                case Ok:
                    break;
                case Sasl:
                    var first = Encoding.UTF8.GetBytes($"n,,n=,r={nonce}");
                    await SendAsync('p', [.. "SCRAM-SHA-256\0"u8, .. Int32(first.Length), .. first], cancellationToken);
                    break;
                case SaslContinue:
                    (var final, serverSignature) = Prove(options.Password, nonce, Encoding.UTF8.GetString(body.Span[4..]));
                    await SendAsync('p', Encoding.UTF8.GetBytes(final), cancellationToken);
                    break;
                case SaslFinal when Encoding.UTF8.GetString(body.Span[4..]) == $"v={Convert.ToBase64String(serverSignature)}":
                    break;
                default:
                    throw new InvalidOperationException("The baseline logs in by SCRAM-SHA-256 only; the server asks for something else.");
            }
        }
    }

    /// <summary>The client's final message of SCRAM and the signature that the server has to answer with.</summary>
    private static (string Final, byte[] ServerSignature) Prove(string password, string nonce, string serverFirst)
    {
        var fields = serverFirst.Split(',').ToDictionary(field => field[0], field => field[2..]);
        var salted = Rfc2898DeriveBytes.Pbkdf2(
            Encoding.UTF8.GetBytes(password), Convert.FromBase64String(fields['s']), int.Parse(fields['i']), HashAlgorithmName.SHA256, 32);
        var clientKey = HMACSHA256.HashData(salted, "Client Key"u8);
        var withoutProof = $"c=biws,r={fields['r']}";
        var message = Encoding.UTF8.GetBytes($"n=,r={nonce},{serverFirst},{withoutProof}");
        var proof = HMACSHA256.HashData(SHA256.HashData(clientKey), message);
        for (var i = 0; i < proof.Length; i++)
        {
            proof[i] ^= clientKey[i];
        }

        return ($"{withoutProof},p={Convert.ToBase64String(proof)}", HMACSHA256.HashData(HMACSHA256.HashData(salted, "Server Key"u8), message));
    }

    private async Task SendAsync(char? type, byte[] body, CancellationToken cancellationToken)
    {
        byte[] message = [.. type is { } t ? [(byte)t] : Array.Empty<byte>(), .. Int32(body.Length + 4), .. body];
        await _stream.WriteAsync(message, cancellationToken);
    }

    private async Task<(byte Type, ReadOnlyMemory<byte> Body)> ReceiveAsync(CancellationToken cancellationToken)
    {
        await _stream.ReadExactlyAsync(_buffer.AsMemory(0, 5), cancellationToken);
        var type = _buffer[0];
        var length = BinaryPrimitives.ReadInt32BigEndian(_buffer.AsSpan(1)) - 4;
        if (length > _buffer.Length)
        {
            _buffer = new byte[length];
        }

        var body = _buffer.AsMemory(0, length);
        await _stream.ReadExactlyAsync(body, cancellationToken);
        return type == 'E'
            ? throw new InvalidOperationException($"The server refused: {Encoding.UTF8.GetString(body.Span).Replace('\0', ' ')}")
            : (type, body);
    }

    private static byte[] Int32(int value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, value);
        return bytes;
    }
}
