using System.Diagnostics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Dashboard;
using Orleans.Hosting;

namespace OrleansIngest.Silo.Web;

/// <summary>
/// The Orleans Dashboard on the web port. Its services are the silo's, which comes up later than the web server and has a
/// container of its own: requests are passed on to a pipeline that is made when the first one comes.
/// </summary>
internal static class DashboardEndpoints
{
    private const string Path = "/dashboard";

    /// <summary>Adds the dashboard to a silo, and what its own pipeline needs.</summary>
    public static void AddServices(ISiloBuilder silo)
    {
        silo.AddDashboard();
        silo.Services.AddRouting();
        silo.Services.AddSingleton(new DiagnosticListener(nameof(DashboardEndpoints)));
    }

    /// <summary>Maps everything below <c>/dashboard</c>.</summary>
    public static void MapDashboard(this IEndpointRouteBuilder routes, SiloHost host)
    {
        var pipeline = new Lazy<RequestDelegate>(() => Pipeline(host.Silo!.Services));
        routes.Map(Path + "/{**path}", async context =>
        {
            if (host.Silo is not { } silo)
            {
                context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
                await context.Response.WriteAsync("The silo is starting.");
                return;
            }

            await using var scope = silo.Services.CreateAsyncScope();
            context.RequestServices = scope.ServiceProvider;
            // The routing below is to look at the path anew.
            context.SetEndpoint(null);
            context.Request.RouteValues.Clear();
            await pipeline.Value(context);
        });
    }

    private static RequestDelegate Pipeline(IServiceProvider services)
    {
        var app = new ApplicationBuilder(services);
        app.UseRouting();
        app.UseEndpoints(endpoints => endpoints.MapOrleansDashboard(Path));
        return app.Build();
    }
}
