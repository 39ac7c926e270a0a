using System.Text;
using System.Text.Json;
using OrleansIngest.Core.Records;

namespace OrleansIngest.Cli.Simulation;

/// <summary>A simulated part of the fleet whose records have one format. Not safe for concurrent use.</summary>
internal interface IRecordSource
{
    RecordFormat Format { get; }

    /// <summary>
    /// Whether a record sent again has the key of the first. Raw records are told apart by their offset, so sent again
    /// they are rightly stored again.
    /// </summary>
    bool HasNaturalKey { get; }

    /// <summary>Writes the next record and returns its Kafka key.</summary>
    byte[] Write(Utf8JsonWriter json);
}

/// <summary>The ids of a fleet's devices, in UTF-8.</summary>
internal sealed class FleetIds
{
    private readonly byte[][] _ids;

    public FleetIds(string prefix, int devices)
    {
        _ids = new byte[devices][];
        for (var n = 0; n < devices; n++) _ids[n] = Encoding.UTF8.GetBytes($"{prefix}{n:000000}");
    }

    public int Count => _ids.Length;

    public byte[] this[int device] => _ids[device];
}
