using OrleansIngest.Behaviour.Hosts;
using OrleansIngest.Behaviour.Suite;

namespace OrleansIngest.Orleans.Tests.Silo;

public sealed class SiloMixedLoadTests : MixedLoadBehaviour
{
    protected override HostProgram Program => SiloProgram.Alone;
}

public sealed class SiloCrashTests : CrashBehaviour
{
    protected override HostProgram Program => SiloProgram.Alone;
}

public sealed class SiloDatabaseOutageTests : DatabaseOutageBehaviour
{
    protected override HostProgram Program => SiloProgram.Alone;
}

public sealed class SiloBrokerOutageTests : BrokerOutageBehaviour
{
    protected override HostProgram Program => SiloProgram.Alone;
}

public sealed class SiloPoisonTests : PoisonBehaviour
{
    protected override HostProgram Program => SiloProgram.Alone;
}

public sealed class SiloShutdownTests : ShutdownBehaviour
{
    protected override HostProgram Program => SiloProgram.Alone;
}

public sealed class SiloLogRestartTests : LogRestartBehaviour
{
    protected override HostProgram Program => SiloProgram.Alone;
}

public sealed class SiloConfigurationTests : ConfigurationBehaviour
{
    protected override HostProgram Program => SiloProgram.Alone;
}

public sealed class SiloTopicTests : TopicBehaviour
{
    protected override HostProgram Program => SiloProgram.Alone;

    // The stream provider's own event, one for each topic.
    protected override (int Event, int Times) TellsOfMissingTopics => (404, 2);
}

public sealed class SiloTwinTests : TwinBehaviour
{
    protected override HostProgram Program => SiloProgram.Alone;
}
