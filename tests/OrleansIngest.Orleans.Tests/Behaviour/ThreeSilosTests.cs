using OrleansIngest.Behaviour.Hosts;
using OrleansIngest.Behaviour.Suite;
using OrleansIngest.Orleans.Tests.Silo;

namespace OrleansIngest.Orleans.Tests.Behaviour;

// The suite that the standalone host passes, with three silos as one host: started, stopped and killed together. What
// becomes of the others when one of them goes: Cluster/ClusterTests. Silos of a cluster tolerate each other by design, so
// HostLockBehaviour is not among them; that they and the standalone host keep each other out: Cluster/LockTests.
public sealed class ThreeSilosMixedLoadTests : MixedLoadBehaviour
{
    protected override HostProgram Program => SiloProgram.Three;
}

public sealed class ThreeSilosCrashTests : CrashBehaviour
{
    protected override HostProgram Program => SiloProgram.Three;
}

public sealed class ThreeSilosDatabaseOutageTests : DatabaseOutageBehaviour
{
    protected override HostProgram Program => SiloProgram.Three;
}

public sealed class ThreeSilosBrokerOutageTests : BrokerOutageBehaviour
{
    protected override HostProgram Program => SiloProgram.Three;
}

public sealed class ThreeSilosPoisonTests : PoisonBehaviour
{
    protected override HostProgram Program => SiloProgram.Three;
}

public sealed class ThreeSilosShutdownTests : ShutdownBehaviour
{
    protected override HostProgram Program => SiloProgram.Three;
}

public sealed class ThreeSilosLogRestartTests : LogRestartBehaviour
{
    protected override HostProgram Program => SiloProgram.Three;
}

public sealed class ThreeSilosConfigurationTests : ConfigurationBehaviour
{
    protected override HostProgram Program => SiloProgram.Three;
}

public sealed class ThreeSilosTopicTests : TopicBehaviour
{
    protected override HostProgram Program => SiloProgram.Three;

    // The stream provider's own event, one for each topic.
    protected override (int Event, int Times) TellsOfMissingTopics => (404, 2);
}

public sealed class ThreeSilosTwinTests : TwinBehaviour
{
    protected override HostProgram Program => SiloProgram.Three;
}
