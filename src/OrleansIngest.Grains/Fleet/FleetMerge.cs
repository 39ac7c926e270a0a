namespace OrleansIngest.Grains.Fleet;

/// <summary>Makes one view of the parts of all silos.</summary>
internal static class FleetMerge
{
    public static FleetView Of(IEnumerable<FleetPart> parts, FleetLimits limits)
    {
        var (devices, records, rate, silent) = (0L, 0L, 0.0, 0L);
        var byFormat = new Dictionary<string, long>();
        var talkers = new Ranking<TalkingDevice>(limits.TopTalkers);
        var longest = new Ranking<SilentDevice>(limits.SilentListed);
        var silos = new List<SiloShare>();
        foreach (var part in parts)
        {
            devices += part.Share.Devices;
            records += part.Share.Records;
            rate += part.Share.RecordsPerSecond;
            silent += part.SilentDevices;
            foreach (var (format, count) in part.ByFormat) byFormat[format] = byFormat.GetValueOrDefault(format) + count;
            foreach (var talker in part.TopTalkers) talkers.Add(talker, talker.RecordsPerSecond);
            foreach (var device in part.Silent) longest.Add(device, device.SilentFor.TotalSeconds);
            silos.Add(part.Share);
        }

        silos.Sort((a, b) => string.CompareOrdinal(a.Silo, b.Silo));
        return new FleetView(devices, records, Math.Round(rate, 3), byFormat, talkers.Take(), silent, longest.Take(), silos);
    }
}
