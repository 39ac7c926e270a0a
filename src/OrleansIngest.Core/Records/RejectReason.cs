namespace OrleansIngest.Core.Records;

/// <summary>Why a record went to the dead-letter topic: a closed list, in the order of the checks.</summary>
public enum RejectReason
{
    /// <summary>The value is null.</summary>
    Tombstone,

    /// <summary>The value is longer than <c>MaxRecordBytes</c>.</summary>
    TooLarge,

    /// <summary>Empty, not UTF-8, trailing bytes, comments, lone surrogates, or otherwise no JSON.</summary>
    NotJson,

    /// <summary>JSON, but not an object.</summary>
    NotObject,

    /// <summary>The identity (device, sensor or event id) is missing, empty, blank, not a string, or too long.</summary>
    DeviceId,

    /// <summary>The time is unreadable, before 2000-01-01, or too far ahead of the clock.</summary>
    Timestamp,

    /// <summary>A text field holds an object or array.</summary>
    TextType,

    /// <summary>A text field is longer than its column.</summary>
    TextTooLong,

    /// <summary>Text holds U+0000, which PostgreSQL cannot store.</summary>
    Nul,

    /// <summary>The record is older than its table keeps rows.</summary>
    Expired,

    /// <summary>The database refused the row.</summary>
    RefusedByDatabase,
}

/// <summary>The names of <see cref="RejectReason"/> on the wire.</summary>
public static class RejectReasons
{
    private static readonly string[] Codes =
    [
        "tombstone", "too_large", "not_json", "not_object", "device_id", "timestamp",
        "text_type", "text_too_long", "nul", "expired", "refused_by_database",
    ];

    /// <summary>Every code, in the order of the checks.</summary>
    public static IReadOnlyList<string> All => Codes;

    /// <summary>The code in the header <c>x-dead-letter-reason</c>.</summary>
    public static string Code(this RejectReason reason) => Codes[(int)reason];
}
