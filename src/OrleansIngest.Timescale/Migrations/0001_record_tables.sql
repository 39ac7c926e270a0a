-- The tables that records are written to. Names and columns are those of the systems that this one replaces:
-- a table that is there already is taken over with its data.

CREATE TABLE IF NOT EXISTS iot_measurements (
    timestamp TIMESTAMPTZ NOT NULL,
    device_id VARCHAR(50) NOT NULL,
    connector_mode VARCHAR(50) NOT NULL,
    component_type VARCHAR(50) NOT NULL,
    pin_position VARCHAR(10) NOT NULL,
    value DOUBLE PRECISION,
    unit VARCHAR(20),
    topic VARCHAR(255),
    PRIMARY KEY (timestamp, device_id, connector_mode, component_type, pin_position)
);
SELECT create_hypertable('iot_measurements', 'timestamp', chunk_time_interval => INTERVAL '1 day',
    create_default_indexes => FALSE, if_not_exists => TRUE, migrate_data => TRUE);
CREATE INDEX IF NOT EXISTS idx_iot_device_id ON iot_measurements (device_id, timestamp DESC);
CREATE INDEX IF NOT EXISTS idx_iot_component ON iot_measurements (component_type, timestamp DESC);
CREATE INDEX IF NOT EXISTS idx_iot_mode ON iot_measurements (connector_mode, timestamp DESC);

CREATE TABLE IF NOT EXISTS iot_raw_data (
    time TIMESTAMPTZ NOT NULL,
    device_id VARCHAR(50) NOT NULL,
    topic TEXT NOT NULL,
    payload JSONB NOT NULL,
    message_id TEXT,
    kafka_partition INTEGER NOT NULL,
    kafka_offset BIGINT NOT NULL,
    created_at TIMESTAMPTZ DEFAULT now()
);
SELECT create_hypertable('iot_raw_data', 'time', chunk_time_interval => INTERVAL '1 day',
    create_default_indexes => FALSE, if_not_exists => TRUE, migrate_data => TRUE);
ALTER TABLE iot_raw_data ALTER COLUMN created_at SET DEFAULT now();
CREATE UNIQUE INDEX IF NOT EXISTS idx_iot_raw_data_source ON iot_raw_data (time, topic, kafka_partition, kafka_offset);
CREATE INDEX IF NOT EXISTS idx_iot_raw_data_device ON iot_raw_data (device_id, time DESC);

CREATE TABLE IF NOT EXISTS sensor_data (
    sensor_id TEXT NOT NULL,
    message TEXT,
    sensor_timestamp TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (sensor_id, sensor_timestamp)
);
SELECT create_hypertable('sensor_data', 'sensor_timestamp', chunk_time_interval => INTERVAL '1 day',
    create_default_indexes => FALSE, if_not_exists => TRUE, migrate_data => TRUE);

CREATE TABLE IF NOT EXISTS events (
    time TIMESTAMPTZ NOT NULL,
    event_id UUID NOT NULL,
    event_type TEXT NOT NULL,
    user_id TEXT NOT NULL,
    properties JSONB,
    PRIMARY KEY (event_id, time)
);
SELECT create_hypertable('events', 'time', chunk_time_interval => INTERVAL '1 day',
    create_default_indexes => FALSE, if_not_exists => TRUE, migrate_data => TRUE);
