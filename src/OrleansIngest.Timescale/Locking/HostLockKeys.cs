using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace OrleansIngest.Timescale.Locking;

/// <summary>
/// The advisory locks of a group, in a database: one of the host, held by its lock connection, and one of its writers,
/// held by each writing connection. The latter consists of two numbers: the group's, which also tells how the host
/// holds its lock, and the host's own, so that nobody ever waits for it and one's own writers are told from others'.
/// </summary>
internal sealed class HostLockKeys
{
    public HostLockKeys(string groupId, HostLockMode mode)
    {
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes($"OrleansIngest host lock {groupId}"));
        Host = BinaryPrimitives.ReadInt64BigEndian(hash);
        ExclusiveWriters = BinaryPrimitives.ReadInt32BigEndian(hash.AsSpan(8));
        SharedWriters = BinaryPrimitives.ReadInt32BigEndian(hash.AsSpan(12));
        Writers = mode == HostLockMode.Exclusive ? ExclusiveWriters : SharedWriters;
        Instance = BinaryPrimitives.ReadInt32BigEndian(RandomNumberGenerator.GetBytes(sizeof(int)));
        // An exclusive host tolerates no other host's writer, a silo none of an exclusive host.
        RivalWriters = mode == HostLockMode.Exclusive ? [ExclusiveWriters, SharedWriters] : [ExclusiveWriters];
    }

    /// <summary>The host's lock.</summary>
    public long Host { get; }

    /// <summary>First number of our writers' lock.</summary>
    public int Writers { get; }

    /// <summary>Its second number: this host's own.</summary>
    public int Instance { get; }

    /// <summary>First numbers of locks that no other host may hold while we hold ours.</summary>
    public int[] RivalWriters { get; }

    private int ExclusiveWriters { get; }

    private int SharedWriters { get; }
}
