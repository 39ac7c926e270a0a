using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace OrleansIngest.Kafka.Broker;

/// <summary>What the built-in broker says of itself on its control port.</summary>
/// <param name="BootstrapServers">Its addresses.</param>
/// <param name="Down">Whether it was told to go down.</param>
/// <param name="ProcessId">The process that it runs in.</param>
/// <param name="Topics">The topics created on demand, with their numbers of partitions.</param>
public sealed record BrokerStatus(string BootstrapServers, bool Down, int ProcessId, IReadOnlyDictionary<string, int> Topics);

/// <summary>The built-in broker's control port: what a real broker is told by other means.</summary>
internal static class BrokerControl
{
    private const int DefaultPartitions = 24;

    public static void Map(IEndpointRouteBuilder routes, BuiltInBroker broker)
    {
        routes.MapGet("/status", () => Status(broker));
        routes.MapPost("/down", () =>
        {
            broker.TakeDown();
            return Status(broker);
        });
        routes.MapPost("/up", () =>
        {
            broker.BringUp();
            return Status(broker);
        });
        routes.MapPost("/topics/{name}", (string name, int? partitions) => Try(
            () => broker.CreateTopic(name, partitions ?? DefaultPartitions) ? Results.StatusCode(StatusCodes.Status201Created) : Results.Ok()));
        routes.MapDelete("/topics/{name}", (string name) => Try(() => broker.DeleteTopic(name) ? Results.Ok() : Results.NotFound()));
        routes.MapPost("/topics/{name}/{partition:int}/drop", (string name, int partition, long before) => Try(() =>
        {
            broker.DeleteRecords(name, partition, before);
            return Results.Ok();
        }));
    }

    private static BrokerStatus Status(BuiltInBroker broker) =>
        new(broker.BootstrapServers, broker.IsDown, Environment.ProcessId, broker.Topics);

    private static IResult Try(Func<IResult> action)
    {
        try
        {
            return action();
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException)
        {
            return Results.Text(e.Message, statusCode: StatusCodes.Status400BadRequest);
        }
    }
}
