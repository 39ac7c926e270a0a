using OrleansIngest.Core.Rows;

namespace OrleansIngest.Core.Decoding;

/// <summary>The limits that records are held to.</summary>
public sealed class DecoderOptions
{
    /// <summary>Longest value in bytes, 1 MiB by default; a longer one is rejected as <c>too_large</c>.</summary>
    public int MaxRecordBytes { get; set; } = 1024 * 1024;

    /// <summary>How far ahead of the clock a record's time may lie, 24 hours by default.</summary>
    public TimeSpan MaxClockSkew { get; set; } = TimeSpan.FromHours(24);

    /// <summary>How old a record may be; null, the default, stands for its table's <see cref="Table.KeepFor"/>.</summary>
    public TimeSpan? MaxLateness { get; set; }

    /// <summary>Strings that one decoder keeps for reuse, 65,536 by default (at most about 11 MiB); rounded up to a power of two.</summary>
    public int StringCacheEntries { get; set; } = 65_536;
}
