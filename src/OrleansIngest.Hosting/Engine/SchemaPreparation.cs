using Microsoft.Extensions.Logging;
using OrleansIngest.Timescale;
using OrleansIngest.Timescale.Connections;
using OrleansIngest.Timescale.Schema;

namespace OrleansIngest.Hosting.Engine;

/// <summary>Brings the schema up to date where the host may, and verifies it in any case.</summary>
internal static class SchemaPreparation
{
    public static async Task RunAsync(
        TimescaleOptions options, TimescaleConnections connections, ILoggerFactory loggers, TimeProvider clock, CancellationToken cancellationToken)
    {
        var logger = loggers.CreateLogger(typeof(SchemaPreparation));
        SchemaException? misfit = null;
        Edition? edition = null;
        // An outage is waited for; a schema that does not fit is an answer.
        await new TransientRetry(options, clock).RunAsync(
            async token =>
            {
                try
                {
                    if (options.MaintenanceUsername.Length > 0) await new MigrationRunner(connections, logger).ApplyAsync(token);
                    await new SchemaCheck(connections, options.OnConflict).VerifyAsync(token);
                    edition = await Edition.DetectAsync(connections, token);
                }
                catch (SchemaException e)
                {
                    misfit = e;
                }
            },
            new Outage("Making the schema ready", logger, clock),
            cancellationToken);
        if (misfit is not null) throw misfit;
        Log.SchemaReady(logger, connections.Endpoint, edition!.ToString());
        if (options.MaintenanceUsername.Length == 0) Log.MigrationsLeft(logger);
    }
}
