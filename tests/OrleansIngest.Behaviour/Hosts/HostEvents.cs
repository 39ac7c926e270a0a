namespace OrleansIngest.Behaviour.Hosts;

/// <summary>Ids of events that every host logs, whatever it is built of.</summary>
public static class HostEvents
{
    /// <summary>No broker can be reached.</summary>
    public const int BrokersDown = 101;

    /// <summary>A broker can be reached again.</summary>
    public const int BrokersBack = 102;

    /// <summary>Topics do not exist.</summary>
    public const int TopicsMissing = 105;

    /// <summary>Offsets were gone before they were read.</summary>
    public const int RecordsGone = 106;

    /// <summary>A partition's log began again.</summary>
    public const int LogBeganAgain = 107;

    /// <summary>Dead letters cannot be written.</summary>
    public const int DeadLettersWait = 120;

    /// <summary>Dead letters are written again.</summary>
    public const int DeadLettersFlow = 121;

    /// <summary>The database fails.</summary>
    public const int DatabaseFails = 2001;

    /// <summary>The database works again.</summary>
    public const int DatabaseWorks = 2002;

    /// <summary>The connection of the host lock is lost.</summary>
    public const int LockConnectionLost = 2021;

    /// <summary>The host lock is held again.</summary>
    public const int LockRetaken = 2022;
}
