using Microsoft.Extensions.Configuration;
using OrleansIngest.Hosting.Configuration;
using OrleansIngest.Silo.Configuration;

namespace OrleansIngest.Silo;

/// <summary>Every setting of a silo.</summary>
/// <param name="Ingest">What every host has.</param>
/// <param name="Orleans">The silo's own.</param>
/// <param name="Configuration">All that was read, for logging.</param>
internal sealed record SiloSettings(IngestSettings Ingest, OrleansOptions Orleans, IConfiguration Configuration);
