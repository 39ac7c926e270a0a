using OrleansIngest.Behaviour.Hosts;
using OrleansIngest.Behaviour.Suite;
using OrleansIngest.Orleans.Tests.Silo;

namespace OrleansIngest.Orleans.Tests.Behaviour;

// The suite that the standalone host passes, with one silo that knows of no others.
public sealed class OneSiloMixedLoadTests : MixedLoadBehaviour
{
    protected override HostProgram Program => SiloProgram.Alone;
}

public sealed class OneSiloCrashTests : CrashBehaviour
{
    protected override HostProgram Program => SiloProgram.Alone;
}

public sealed class OneSiloDatabaseOutageTests : DatabaseOutageBehaviour
{
    protected override HostProgram Program => SiloProgram.Alone;
}

public sealed class OneSiloBrokerOutageTests : BrokerOutageBehaviour
{
    protected override HostProgram Program => SiloProgram.Alone;
}

public sealed class OneSiloPoisonTests : PoisonBehaviour
{
    protected override HostProgram Program => SiloProgram.Alone;
}

public sealed class OneSiloShutdownTests : ShutdownBehaviour
{
    protected override HostProgram Program => SiloProgram.Alone;
}

public sealed class OneSiloLogRestartTests : LogRestartBehaviour
{
    protected override HostProgram Program => SiloProgram.Alone;
}

public sealed class OneSiloConfigurationTests : ConfigurationBehaviour
{
    protected override HostProgram Program => SiloProgram.Alone;
}

public sealed class OneSiloHostLockTests : HostLockBehaviour
{
    protected override HostProgram Program => SiloProgram.Alone;
}

public sealed class OneSiloTopicTests : TopicBehaviour
{
    protected override HostProgram Program => SiloProgram.Alone;

    // The stream provider's own event, one for each topic.
    protected override (int Event, int Times) TellsOfMissingTopics => (404, 2);
}

public sealed class OneSiloTwinTests : TwinBehaviour
{
    protected override HostProgram Program => SiloProgram.Alone;
}
