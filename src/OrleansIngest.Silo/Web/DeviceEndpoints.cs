using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using OrleansIngest.Grains;

namespace OrleansIngest.Silo.Web;

/// <summary>Devices and the fleet over HTTP, answered by their grains wherever these live.</summary>
internal static class DeviceEndpoints
{
    /// <summary>Maps <c>/api/devices/{id}</c> and <c>/api/fleet</c>.</summary>
    public static void MapDevices(this IEndpointRouteBuilder routes, SiloHost host)
    {
        routes.MapGet("/api/devices/{**id}", (string id) => AnswerAsync(host, grains => AnswerDeviceAsync(grains, Decoded(id))));
        routes.MapGet("/api/fleet", () => AnswerAsync(
            host,
            async grains => Results.Json(await grains.GetGrain<IFleetGrain>(IFleetGrain.Key).GetAsync(), DeviceJson.Default.FleetView)));
    }

    // Of all that is encoded in a path, the slash alone arrives as it was sent.
    private static string Decoded(string id) => id.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);

    private static async Task<IResult> AnswerDeviceAsync(IGrainFactory grains, string id) =>
        await grains.GetGrain<IDeviceGrain>(id).GetAsync() is { } device
            ? Results.Json(device, DeviceJson.Default.DeviceView)
            : Failure(StatusCodes.Status404NotFound, $"Nothing is known of device '{id}'.");

    private static async Task<IResult> AnswerAsync(SiloHost host, Func<IGrainFactory, Task<IResult>> answer)
    {
        if (host.Silo is not { } silo) return Failure(StatusCodes.Status503ServiceUnavailable, "The silo is starting.");
        try
        {
            return await answer(silo.Grains);
        }
        catch (Exception e) when (e is TimeoutException or Orleans.Runtime.OrleansException)
        {
            return Failure(StatusCodes.Status503ServiceUnavailable, $"The grain does not answer: {e.Message}");
        }
    }

    private static IResult Failure(int status, string error) =>
        Results.Json(new ErrorAnswer(error), DeviceJson.Default.ErrorAnswer, statusCode: status);
}

/// <summary>What went wrong, a sentence.</summary>
internal sealed record ErrorAnswer(string Error);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(DeviceView))]
[JsonSerializable(typeof(FleetView))]
[JsonSerializable(typeof(ErrorAnswer))]
internal sealed partial class DeviceJson : JsonSerializerContext;
