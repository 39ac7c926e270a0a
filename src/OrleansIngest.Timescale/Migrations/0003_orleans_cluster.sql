-- What Orleans' AdoNet providers need for a cluster of silos: membership, reminders, grain storage. The providers know
-- nothing but the table OrleansQuery; names of parameters and of returned columns are theirs, all else is ours.

CREATE TABLE IF NOT EXISTS OrleansQuery (
    QueryKey TEXT PRIMARY KEY,
    QueryText TEXT NOT NULL
);

-- One row a cluster. Every change of its silos raises the version, and is refused to who has seen an older one.
CREATE TABLE IF NOT EXISTS orleans_cluster (
    cluster_id TEXT PRIMARY KEY,
    version INTEGER NOT NULL DEFAULT 0,
    changed_at TIMESTAMPTZ NOT NULL DEFAULT now()
);

CREATE TABLE IF NOT EXISTS orleans_silo (
    cluster_id TEXT NOT NULL REFERENCES orleans_cluster ON DELETE CASCADE,
    address TEXT NOT NULL,
    port INTEGER NOT NULL,
    generation INTEGER NOT NULL,
    silo_name TEXT NOT NULL,
    host_name TEXT NOT NULL,
    status INTEGER NOT NULL, -- 3 is active, 6 is dead
    proxy_port INTEGER,
    suspect_times TEXT,
    start_time TIMESTAMPTZ NOT NULL,
    alive_time TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (cluster_id, address, port, generation)
);

CREATE TABLE IF NOT EXISTS orleans_reminder (
    service_id TEXT NOT NULL,
    grain_id TEXT NOT NULL,
    reminder_name TEXT NOT NULL,
    start_time TIMESTAMPTZ NOT NULL,
    period_ms BIGINT NOT NULL,
    grain_hash INTEGER NOT NULL,
    version INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (service_id, grain_id, reminder_name)
);
CREATE INDEX IF NOT EXISTS idx_orleans_reminder_hash ON orleans_reminder (service_id, grain_hash);

CREATE TABLE IF NOT EXISTS orleans_grain_state (
    id_hash INTEGER NOT NULL,
    type_hash INTEGER NOT NULL,
    id_n0 BIGINT NOT NULL,
    id_n1 BIGINT NOT NULL,
    id_text TEXT NOT NULL, -- empty where the id has no text
    type_name TEXT NOT NULL,
    service_id TEXT NOT NULL,
    payload BYTEA,
    version INTEGER NOT NULL DEFAULT 1,
    modified_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    PRIMARY KEY (id_hash, type_hash, id_n0, id_n1, id_text, type_name, service_id)
);

-- Membership.
INSERT INTO OrleansQuery (QueryKey, QueryText) VALUES
('InsertMembershipVersionKey', $q$
    WITH added AS (
        INSERT INTO orleans_cluster (cluster_id) VALUES (@DeploymentId) ON CONFLICT DO NOTHING RETURNING cluster_id)
    SELECT count(*) > 0 FROM added
$q$),
('InsertMembershipKey', $q$
    WITH raised AS (
        UPDATE orleans_cluster c SET version = c.version + 1, changed_at = now()
        WHERE c.cluster_id = @DeploymentId AND c.version = @Version AND NOT EXISTS (
            SELECT FROM orleans_silo s
            WHERE s.cluster_id = c.cluster_id AND s.address = @Address AND s.port = @Port AND s.generation = @Generation)
        RETURNING c.cluster_id),
    added AS (
        INSERT INTO orleans_silo (
            cluster_id, address, port, generation, silo_name, host_name, status, proxy_port, start_time, alive_time)
        SELECT cluster_id, @Address, @Port, @Generation, @SiloName, @HostName, @Status, @ProxyPort, @StartTime, @IAmAliveTime
        FROM raised
        RETURNING cluster_id)
    SELECT count(*) > 0 FROM added
$q$),
('UpdateMembershipKey', $q$
    WITH raised AS (
        UPDATE orleans_cluster c SET version = c.version + 1, changed_at = now()
        WHERE c.cluster_id = @DeploymentId AND c.version = @Version AND EXISTS (
            SELECT FROM orleans_silo s
            WHERE s.cluster_id = c.cluster_id AND s.address = @Address AND s.port = @Port AND s.generation = @Generation)
        RETURNING c.cluster_id),
    changed AS (
        UPDATE orleans_silo s SET status = @Status, suspect_times = @SuspectTimes, alive_time = @IAmAliveTime
        FROM raised
        WHERE s.cluster_id = raised.cluster_id AND s.address = @Address AND s.port = @Port AND s.generation = @Generation
        RETURNING s.cluster_id)
    SELECT count(*) > 0 FROM changed
$q$),
('UpdateIAmAlivetimeKey', $q$
    UPDATE orleans_silo SET alive_time = @IAmAliveTime
    WHERE cluster_id = @DeploymentId AND address = @Address AND port = @Port AND generation = @Generation
$q$),
('MembershipReadAllKey', $q$
    SELECT c.cluster_id AS DeploymentId, s.address AS Address, s.port AS Port, s.generation AS Generation,
           s.silo_name AS SiloName, s.host_name AS HostName, s.status AS Status, s.proxy_port AS ProxyPort,
           s.suspect_times AS SuspectTimes, s.start_time AS StartTime, s.alive_time AS IAmAliveTime, c.version AS Version
    FROM orleans_cluster c LEFT JOIN orleans_silo s USING (cluster_id)
    WHERE c.cluster_id = @DeploymentId
$q$),
('MembershipReadRowKey', $q$
    SELECT c.cluster_id AS DeploymentId, s.address AS Address, s.port AS Port, s.generation AS Generation,
           s.silo_name AS SiloName, s.host_name AS HostName, s.status AS Status, s.proxy_port AS ProxyPort,
           s.suspect_times AS SuspectTimes, s.start_time AS StartTime, s.alive_time AS IAmAliveTime, c.version AS Version
    FROM orleans_cluster c LEFT JOIN orleans_silo s
         ON s.cluster_id = c.cluster_id AND s.address = @Address AND s.port = @Port AND s.generation = @Generation
    WHERE c.cluster_id = @DeploymentId
$q$),
('GatewaysQueryKey', $q$
    SELECT address AS Address, proxy_port AS ProxyPort, generation AS Generation
    FROM orleans_silo
    WHERE cluster_id = @DeploymentId AND status = @Status AND proxy_port > 0
$q$),
('DeleteMembershipTableEntriesKey', $q$
    DELETE FROM orleans_cluster WHERE cluster_id = @DeploymentId
$q$),
('CleanupDefunctSiloEntriesKey', $q$
    DELETE FROM orleans_silo WHERE cluster_id = @DeploymentId AND alive_time < @IAmAliveTime AND status <> 3
$q$)
ON CONFLICT DO NOTHING;

-- Reminders.
INSERT INTO OrleansQuery (QueryKey, QueryText) VALUES
('UpsertReminderRowKey', $q$
    INSERT INTO orleans_reminder AS r (service_id, grain_id, reminder_name, start_time, period_ms, grain_hash)
    VALUES (@ServiceId, @GrainId, @ReminderName, @StartTime, @Period, @GrainHash)
    ON CONFLICT (service_id, grain_id, reminder_name) DO UPDATE
    SET start_time = EXCLUDED.start_time, period_ms = EXCLUDED.period_ms, grain_hash = EXCLUDED.grain_hash, version = r.version + 1
    RETURNING r.version AS Version
$q$),
('ReadReminderRowKey', $q$
    SELECT grain_id AS GrainId, reminder_name AS ReminderName, start_time AS StartTime, period_ms AS Period, version AS Version
    FROM orleans_reminder
    WHERE service_id = @ServiceId AND grain_id = @GrainId AND reminder_name = @ReminderName
$q$),
('ReadReminderRowsKey', $q$
    SELECT grain_id AS GrainId, reminder_name AS ReminderName, start_time AS StartTime, period_ms AS Period, version AS Version
    FROM orleans_reminder
    WHERE service_id = @ServiceId AND grain_id = @GrainId
$q$),
('ReadRangeRows1Key', $q$
    SELECT grain_id AS GrainId, reminder_name AS ReminderName, start_time AS StartTime, period_ms AS Period, version AS Version
    FROM orleans_reminder
    WHERE service_id = @ServiceId AND grain_hash > @BeginHash AND grain_hash <= @EndHash
$q$),
-- The range goes over the end of the ring.
('ReadRangeRows2Key', $q$
    SELECT grain_id AS GrainId, reminder_name AS ReminderName, start_time AS StartTime, period_ms AS Period, version AS Version
    FROM orleans_reminder
    WHERE service_id = @ServiceId AND (grain_hash > @BeginHash OR grain_hash <= @EndHash)
$q$),
('DeleteReminderRowKey', $q$
    WITH deleted AS (
        DELETE FROM orleans_reminder
        WHERE service_id = @ServiceId AND grain_id = @GrainId AND reminder_name = @ReminderName AND version = @Version
        RETURNING grain_id)
    SELECT count(*) > 0 FROM deleted
$q$),
('DeleteReminderRowsKey', $q$
    DELETE FROM orleans_reminder WHERE service_id = @ServiceId
$q$)
ON CONFLICT DO NOTHING;

-- Grain storage. A write that finds another version than the one it was read at returns nothing, and so fails.
INSERT INTO OrleansQuery (QueryKey, QueryText) VALUES
('ReadFromStorageKey', $q$
    SELECT payload AS PayloadBinary, version AS Version
    FROM orleans_grain_state
    WHERE id_hash = @GrainIdHash AND type_hash = @GrainTypeHash AND id_n0 = @GrainIdN0 AND id_n1 = @GrainIdN1
      AND id_text = coalesce(@GrainIdExtensionString, '') AND type_name = @GrainTypeString AND service_id = @ServiceId
$q$),
('WriteToStorageKey', $q$
    WITH changed AS (
        UPDATE orleans_grain_state SET payload = @PayloadBinary, version = version + 1, modified_at = now()
        WHERE id_hash = @GrainIdHash AND type_hash = @GrainTypeHash AND id_n0 = @GrainIdN0 AND id_n1 = @GrainIdN1
          AND id_text = coalesce(@GrainIdExtensionString, '') AND type_name = @GrainTypeString AND service_id = @ServiceId
          AND version = @GrainStateVersion
        RETURNING version),
    added AS (
        INSERT INTO orleans_grain_state (id_hash, type_hash, id_n0, id_n1, id_text, type_name, service_id, payload)
        SELECT @GrainIdHash, @GrainTypeHash, @GrainIdN0, @GrainIdN1, coalesce(@GrainIdExtensionString, ''), @GrainTypeString,
               @ServiceId, @PayloadBinary
        WHERE @GrainStateVersion IS NULL
        ON CONFLICT DO NOTHING
        RETURNING version)
    SELECT version AS NewGrainStateVersion FROM changed UNION ALL SELECT version FROM added
$q$),
('ClearStorageKey', $q$
    UPDATE orleans_grain_state SET payload = NULL, version = version + 1, modified_at = now()
    WHERE id_hash = @GrainIdHash AND type_hash = @GrainTypeHash AND id_n0 = @GrainIdN0 AND id_n1 = @GrainIdN1
      AND id_text = coalesce(@GrainIdExtensionString, '') AND type_name = @GrainTypeString AND service_id = @ServiceId
      AND version = @GrainStateVersion
    RETURNING version AS NewGrainStateVersion
$q$),
('DeleteStorageKey', $q$
    DELETE FROM orleans_grain_state
    WHERE id_hash = @GrainIdHash AND type_hash = @GrainTypeHash AND id_n0 = @GrainIdN0 AND id_n1 = @GrainIdN1
      AND id_text = coalesce(@GrainIdExtensionString, '') AND type_name = @GrainTypeString AND service_id = @ServiceId
      AND version = @GrainStateVersion
    RETURNING version + 1 AS NewGrainStateVersion
$q$)
ON CONFLICT DO NOTHING;
