using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace OrleansIngest.Cli.Simulation;

/// <summary>
/// What tells one simulated fleet from all others: it stands in every device id, sensor id and user id, and in the
/// first eight hexadecimal digits of every event id.
/// </summary>
internal sealed class RunId
{
    /// <summary>Device ids must stay within 50 characters.</summary>
    public const int MaxLength = 32;

    private readonly uint _eventPrefix;

    private RunId(string value)
    {
        Value = value;
        _eventPrefix = BinaryPrimitives.ReadUInt32BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes(value)));
    }

    /// <summary>Letters and digits.</summary>
    public string Value { get; }

    /// <summary>What the ids of building controllers (format decoded) begin with.</summary>
    public string ControllerPrefix => $"f2-{Value}-";

    /// <summary>What the ids of breakers (format raw) begin with.</summary>
    public string BreakerPrefix => $"breaker-{Value}-";

    /// <summary>What the ids of sensors begin with.</summary>
    public string SensorPrefix => $"climate-{Value}-";

    /// <summary>What the ids of users (format event) begin with.</summary>
    public string UserPrefix => $"u-{Value}-";

    /// <summary>A new one: eight hexadecimal digits.</summary>
    public static RunId New() => new(RandomNumberGenerator.GetHexString(8, lowercase: true));

    /// <summary>Null where the text is no run id.</summary>
    public static RunId? TryParse(string text) =>
        text.Length is > 0 and <= MaxLength && text.All(char.IsAsciiLetterOrDigit) ? new RunId(text) : null;

    /// <summary>The id of the n-th event: a UUID of version 8 that begins with the run's own digits.</summary>
    public Guid EventId(long n)
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, _eventPrefix);
        BinaryPrimitives.WriteInt64BigEndian(bytes[8..], n);
        bytes[6] = 0x80;
        bytes[8] |= 0x80;
        return new Guid(bytes, bigEndian: true);
    }

    /// <inheritdoc />
    public override string ToString() => Value;
}
