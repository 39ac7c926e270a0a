namespace OrleansIngest.Timescale;

/// <summary>Settings of the section <c>Timescale</c>.</summary>
public sealed class TimescaleOptions
{
    /// <summary>Section name in the configuration.</summary>
    public const string Section = "Timescale";

    /// <summary>Server's host. Required.</summary>
    public string Host { get; set; } = "";

    /// <summary>Server's port.</summary>
    public int Port { get; set; } = 5432;

    /// <summary>Database.</summary>
    public string Database { get; set; } = "ingest";

    /// <summary>The role that writes. Required.</summary>
    public string Username { get; set; } = "";

    /// <summary>Its password.</summary>
    public string Password { get; set; } = "";

    /// <summary>The role that owns the tables, for migrations and jobs. Empty: a host only verifies the schema, and migrations are left to <c>ingest migrate</c>.</summary>
    public string MaintenanceUsername { get; set; } = "";

    /// <summary>Its password.</summary>
    public string MaintenancePassword { get; set; } = "";

    /// <summary>More connection settings in Npgsql's form, such as <c>SSL Mode=VerifyFull;Root Certificate=…</c>.</summary>
    public string ConnectionSettings { get; set; } = "";

    /// <summary>Rows in one transaction, at the most.</summary>
    public int BatchSize { get; set; } = 5_000;

    /// <summary>How long rows may wait for a batch to fill, at the most. An idle connection writes at once.</summary>
    public TimeSpan BatchTimeout { get; set; } = TimeSpan.FromMilliseconds(200);

    /// <summary>Writing connections.</summary>
    public int Writers { get; set; } = 2;

    /// <summary>What a row does whose key is in the table already.</summary>
    public ConflictRule OnConflict { get; set; } = ConflictRule.Ignore;

    /// <summary>Batches that go straight to staging after a conflict, before COPY into the table is tried again.</summary>
    public int StagingBatches { get; set; } = 20;

    /// <summary>Share of the last 10,000 records that the database may refuse before writing stops: more is a broken schema, not poison.</summary>
    public double MaxRejectShare { get; set; } = 0.2;

    /// <summary>First delay before a failed batch is tried again; doubles, with jitter, up to <see cref="MaxRetryDelay"/>.</summary>
    public TimeSpan RetryDelay { get; set; } = TimeSpan.FromMilliseconds(200);

    /// <summary>Longest delay between two tries.</summary>
    public TimeSpan MaxRetryDelay { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>What is wrong with these settings, a sentence each.</summary>
    public IEnumerable<string> Validate()
    {
        if (Host.Length == 0) yield return "Timescale:Host is missing; set it, or TIMESCALE_HOST in the environment.";
        if (Port is < 1 or > 65_535) yield return $"Timescale:Port is {Port}; it must lie between 1 and 65535.";
        if (Database.Length == 0) yield return "Timescale:Database is empty; name the database, such as ingest.";
        if (Username.Length == 0) yield return "Timescale:Username is missing; set it, or TIMESCALE_USER in the environment.";
        if (MaintenanceUsername.Length == 0 && MaintenancePassword.Length > 0) yield return "Timescale:MaintenancePassword is set without Timescale:MaintenanceUsername.";
        if (BatchSize is < 1 or > 100_000) yield return $"Timescale:BatchSize is {BatchSize}; it must lie between 1 and 100000 rows.";
        if (BatchTimeout < TimeSpan.Zero || BatchTimeout > TimeSpan.FromMinutes(1)) yield return $"Timescale:BatchTimeout is {BatchTimeout}; it must lie between 0 and 1 minute.";
        if (Writers is < 1 or > 64) yield return $"Timescale:Writers is {Writers}; it must lie between 1 and 64 connections.";
        if (StagingBatches is < 0 or > 10_000) yield return $"Timescale:StagingBatches is {StagingBatches}; it must lie between 0 and 10000.";
        if (MaxRejectShare is not (> 0 and <= 1)) yield return $"Timescale:MaxRejectShare is {MaxRejectShare}; it must be above 0 and at most 1.";
        if (RetryDelay <= TimeSpan.Zero) yield return $"Timescale:RetryDelay is {RetryDelay}; it must be positive.";
        if (MaxRetryDelay < RetryDelay) yield return $"Timescale:MaxRetryDelay is {MaxRetryDelay}; it must not be shorter than Timescale:RetryDelay ({RetryDelay}).";
        if (ConnectionSettingsMistake() is { } mistake) yield return $"Timescale:ConnectionSettings: {mistake}";
    }

    private string? ConnectionSettingsMistake()
    {
        try
        {
            _ = new Npgsql.NpgsqlConnectionStringBuilder(ConnectionSettings);
            return null;
        }
        catch (ArgumentException e)
        {
            return e.Message;
        }
    }
}

/// <summary>What a row does whose key is in the table already.</summary>
public enum ConflictRule
{
    /// <summary>Nothing: the first one stays.</summary>
    Ignore,

    /// <summary>It replaces the values; of one batch the last wins.</summary>
    Update,
}
