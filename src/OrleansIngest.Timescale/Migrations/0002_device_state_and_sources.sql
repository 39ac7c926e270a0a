-- Snapshots of device twins.
CREATE TABLE IF NOT EXISTS device_state (
    device_id TEXT PRIMARY KEY,
    state JSONB NOT NULL,
    last_seen TIMESTAMPTZ,
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now()
) WITH (fillfactor = 70);

-- How far each partition's log was read, to notice when a log began again.
CREATE TABLE IF NOT EXISTS source_partitions (
    group_id TEXT NOT NULL,
    cluster_id TEXT NOT NULL,
    topic TEXT NOT NULL,
    partition INTEGER NOT NULL,
    epoch INTEGER NOT NULL DEFAULT 0,
    epoch_started_at TIMESTAMPTZ NOT NULL DEFAULT 'epoch',
    high_water BIGINT,
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    PRIMARY KEY (group_id, cluster_id, topic, partition)
);
