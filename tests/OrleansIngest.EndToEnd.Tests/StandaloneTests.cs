using OrleansIngest.Behaviour.Hosts;
using OrleansIngest.Behaviour.Suite;

// Each test measures hosts, brokers and servers of its own: side by side they would starve each other.
[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace OrleansIngest.EndToEnd.Tests;

/// <summary>The standalone host, as it was built beside these tests.</summary>
internal static class Standalone
{
    public static HostProgram Program { get; } = new("standalone", [Path.Combine(AppContext.BaseDirectory, "ingest-standalone.dll")]);
}

public sealed class MixedLoadTests : MixedLoadBehaviour
{
    protected override HostProgram Program => Standalone.Program;
}

public sealed class CrashTests : CrashBehaviour
{
    protected override HostProgram Program => Standalone.Program;
}

public sealed class DatabaseOutageTests : DatabaseOutageBehaviour
{
    protected override HostProgram Program => Standalone.Program;
}

public sealed class BrokerOutageTests : BrokerOutageBehaviour
{
    protected override HostProgram Program => Standalone.Program;
}

public sealed class PoisonTests : PoisonBehaviour
{
    protected override HostProgram Program => Standalone.Program;
}

public sealed class ShutdownTests : ShutdownBehaviour
{
    protected override HostProgram Program => Standalone.Program;
}

public sealed class LogRestartTests : LogRestartBehaviour
{
    protected override HostProgram Program => Standalone.Program;
}

public sealed class ConfigurationTests : ConfigurationBehaviour
{
    protected override HostProgram Program => Standalone.Program;
}

public sealed class HostLockTests : HostLockBehaviour
{
    protected override HostProgram Program => Standalone.Program;
}

public sealed class TopicTests : TopicBehaviour
{
    protected override HostProgram Program => Standalone.Program;
}

public sealed class TwinTests : TwinBehaviour
{
    protected override HostProgram Program => Standalone.Program;
}
