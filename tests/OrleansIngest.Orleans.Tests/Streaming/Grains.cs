using Orleans.Runtime;
using Orleans.Streams;
using Orleans.Streams.Core;

namespace OrleansIngest.Orleans.Tests.Streaming;

/// <summary>Subscribes with a batch observer, as device grains do: one call a container.</summary>
public interface IBatchGrain : IGrainWithStringKey
{
    /// <summary>The silo where it lives.</summary>
    Task<string> WhereAsync();

    /// <summary>Ends the activation.</summary>
    Task LeaveAsync();

    /// <summary>Writes to a stream.</summary>
    Task WriteAsync<T>(string provider, string ns, string key, T value);
}

/// <inheritdoc cref="IBatchGrain" />
[ImplicitStreamSubscription("device")]
public sealed class BatchGrain(Observed observed, ILocalSiloDetails silo) : Grain, IBatchGrain, IStreamSubscriptionObserver, IAsyncBatchObserver<Numbered>
{
    private string Name => $"batch/{this.GetPrimaryKeyString()}";

    public override Task OnActivateAsync(CancellationToken cancellationToken) => observed.ActivateAsync(Name);

    public Task OnSubscribed(IStreamSubscriptionHandleFactory handleFactory) =>
        handleFactory.Create<Numbered>().ResumeAsync((IAsyncBatchObserver<Numbered>)this, observed.ResumeAt(Name)!);

    public async Task OnNextAsync(IList<SequentialItem<Numbered>> items)
    {
        await observed.DeliverAsync(Name, [.. items.Select(i => i.Item)]);
        observed.Tokens[Name] = items[^1].Token;
    }

    public Task OnErrorAsync(Exception ex)
    {
        observed.Errors.Enqueue((Name, ex));
        return Task.CompletedTask;
    }

    public Task<string> WhereAsync() => Task.FromResult(silo.Name);

    public Task LeaveAsync()
    {
        DeactivateOnIdle();
        return Task.CompletedTask;
    }

    public Task WriteAsync<T>(string provider, string ns, string key, T value) =>
        this.GetStreamProvider(provider).GetStream<T>(StreamId.Create(ns, key)).OnNextAsync(value);
}

/// <summary>Subscribes item by item.</summary>
[ImplicitStreamSubscription("pair")]
public abstract class ItemGrain(Observed observed, string kind) : Grain, IGrainWithStringKey, IStreamSubscriptionObserver, IAsyncObserver<Numbered>
{
    private string Name => $"{kind}/{this.GetPrimaryKeyString()}";

    public override Task OnActivateAsync(CancellationToken cancellationToken) => observed.ActivateAsync(Name);

    public Task OnSubscribed(IStreamSubscriptionHandleFactory handleFactory) =>
        handleFactory.Create<Numbered>().ResumeAsync(this);

    public Task OnNextAsync(Numbered item, StreamSequenceToken? token = null) => observed.DeliverAsync(Name, [item]);

    public Task OnErrorAsync(Exception ex)
    {
        observed.Errors.Enqueue((Name, ex));
        return Task.CompletedTask;
    }
}

/// <summary>One of two that subscribe to the same streams.</summary>
[ImplicitStreamSubscription("pair")]
public sealed class LeftGrain(Observed observed) : ItemGrain(observed, "left");

/// <summary>The other.</summary>
[ImplicitStreamSubscription("pair")]
public sealed class RightGrain(Observed observed) : ItemGrain(observed, "right");

/// <summary>Asks for events of a type that its streams do not carry.</summary>
[ImplicitStreamSubscription("wrong")]
public sealed class WrongGrain : Grain, IGrainWithStringKey, IStreamSubscriptionObserver, IAsyncObserver<string>
{
    public Task OnSubscribed(IStreamSubscriptionHandleFactory handleFactory) => handleFactory.Create<string>().ResumeAsync(this);

    public Task OnNextAsync(string item, StreamSequenceToken? token = null) => Task.CompletedTask;

    public Task OnErrorAsync(Exception ex) => Task.CompletedTask;
}
