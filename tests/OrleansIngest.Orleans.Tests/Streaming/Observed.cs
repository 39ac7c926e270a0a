using System.Collections.Concurrent;
using Orleans.Runtime;
using Orleans.Streams;
using OrleansIngest.Core.Delivery;
using OrleansIngest.Core.Records;

namespace OrleansIngest.Orleans.Tests.Streaming;

/// <summary>What the grains of all silos of a test saw, and how they are to behave.</summary>
public sealed class Observed : IDeadLetterQueue
{
    private readonly ConcurrentDictionary<string, ConcurrentQueue<Numbered>> _events = new();

    /// <summary>Called for each delivery before it counts, with the subscriber (<c>grain/key</c>) and the events; what it throws fails the delivery.</summary>
    public Func<string, IReadOnlyList<Numbered>, Task> OnDelivery { get; set; } = (_, _) => Task.CompletedTask;

    /// <summary>Called when a grain activates.</summary>
    public Func<string, Task> OnActivation { get; set; } = _ => Task.CompletedTask;

    /// <summary>The token a subscriber goes back to when it activates; null for none.</summary>
    public Func<string, StreamSequenceToken?> ResumeAt { get; set; } = _ => null;

    /// <summary>The latest token of each subscriber.</summary>
    public ConcurrentDictionary<string, StreamSequenceToken> Tokens { get; } = new();

    /// <summary>Errors that Orleans told subscribers of.</summary>
    public ConcurrentQueue<(string Subscriber, Exception Error)> Errors { get; } = new();

    /// <summary>Activations of grains.</summary>
    public int Activations;

    /// <summary>Deliveries that were begun.</summary>
    public int Deliveries;

    /// <summary>Rejections.</summary>
    public ConcurrentQueue<Rejection> Rejections { get; } = new();

    /// <summary>Whether rejections are acknowledged.</summary>
    public Task DeadLettersFlow { get; set; } = Task.CompletedTask;

    /// <summary>What a subscriber saw, in order, repeats included.</summary>
    public List<long> Of(string subscriber) => _events.TryGetValue(subscriber, out var events) ? [.. events.Select(e => e.Number)] : [];

    /// <summary>What a subscriber saw with where it stood.</summary>
    public List<Numbered> EventsOf(string subscriber) => _events.TryGetValue(subscriber, out var events) ? [.. events] : [];

    /// <summary>Every subscriber that saw something.</summary>
    public IReadOnlyCollection<string> Subscribers => [.. _events.Keys];

    /// <summary>Events seen, repeats included.</summary>
    public int Count => _events.Values.Sum(e => e.Count);

    /// <summary>Different events seen.</summary>
    public int Distinct => _events.Sum(s => s.Value.Select(e => (e.Partition, e.Offset)).Distinct().Count());

    /// <inheritdoc />
    public async Task SendAsync(Rejection rejection, CancellationToken cancellationToken)
    {
        await DeadLettersFlow.WaitAsync(cancellationToken);
        Rejections.Enqueue(rejection);
    }

    internal Task ActivateAsync(string subscriber)
    {
        Interlocked.Increment(ref Activations);
        return OnActivation(subscriber);
    }

    internal async Task DeliverAsync(string subscriber, IReadOnlyList<Numbered> events)
    {
        Interlocked.Increment(ref Deliveries);
        await OnDelivery(subscriber, events);
        var seen = _events.GetOrAdd(subscriber, _ => new ConcurrentQueue<Numbered>());
        foreach (var e in events) seen.Enqueue(e);
    }
}
