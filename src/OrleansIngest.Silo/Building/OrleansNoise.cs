using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace OrleansIngest.Silo.Building;

/// <summary>Leaves out of Orleans' log what is no news, or told better elsewhere. The section <c>Logging</c> overrides it by category.</summary>
internal static class OrleansNoise
{
    private static readonly (string Category, LogLevel Level)[] Levels =
    [
        // With the dot: without it, OrleansIngest would be meant too.
        ("Orleans.", LogLevel.Warning),
        // That a server's garbage collection would be faster.
        ("Orleans.Runtime.Silo", LogLevel.Error),
        // Each try to reach a silo that is gone, with its stack; who wanted to reach it is told, and so are its end and the probes.
        ("Orleans.Messaging", LogLevel.Critical),
        ("Orleans.Runtime.Messaging", LogLevel.Error),
        ("Orleans.Runtime.GrainDirectory", LogLevel.Error),
        // An outage of the database, again and again, which the engine tells once.
        ("Orleans.Runtime.MembershipService.MembershipAgent", LogLevel.Critical),
        ("Orleans.Runtime.MembershipService.MembershipTableManager", LogLevel.Critical),
        ("Orleans.Runtime.ReminderService", LogLevel.Critical),
        // Each delivery that fails, stream by stream, with its stack: the grains tell why, once, and the provider what waits.
        ("Orleans.Streams", LogLevel.Critical),
        ("OrleansIngest.Grains.Storage.TwinStorage", LogLevel.None),
    ];

    /// <summary>Sets the levels, before those of the configuration.</summary>
    public static void Filter(ILoggingBuilder logging) => logging.Services.Configure<LoggerFilterOptions>(options =>
    {
        for (var i = 0; i < Levels.Length; i++)
        {
            options.Rules.Insert(i, new LoggerFilterRule(null, Levels[i].Category, Levels[i].Level, null));
        }
    });
}
