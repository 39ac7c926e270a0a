using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using OrleansIngest.Hosting.Status;

namespace OrleansIngest.Web;

/// <summary>The HTTP endpoints that both hosts mount.</summary>
public static class IngestEndpoints
{
    /// <summary>Maps <c>/api/pipeline</c>, <c>/health/live</c> and <c>/health/ready</c>.</summary>
    public static IEndpointRouteBuilder MapIngest(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/pipeline", (IPipelineStatusSource source) =>
            Results.Json(source.Read(), PipelineJson.Default.PipelineStatus));
        routes.MapGet("/health/live", () =>
            Results.Json(new HealthAnswer("live", []), PipelineJson.Default.HealthAnswer));
        routes.MapGet("/health/ready", (IPipelineStatusSource source) =>
        {
            var status = source.Read();
            return status.Ready
                ? Results.Json(new HealthAnswer("ready", []), PipelineJson.Default.HealthAnswer)
                : Results.Json(
                    new HealthAnswer("not_ready", status.Problems), PipelineJson.Default.HealthAnswer,
                    statusCode: StatusCodes.Status503ServiceUnavailable);
        });
        return routes;
    }
}
