using FsCheck;
using FsCheck.Fluent;
using Orleans.Streams;

namespace OrleansIngest.Orleans.Tests.Streaming.Caching;

/// <summary>Whatever is done with cursors, nothing is acknowledged that was not delivered.</summary>
public sealed class AcknowledgementProperties
{
    private static readonly Config Runs = Config.QuickThrowOnFailure.WithMaxTest(500);

    private static Arbitrary<List<int>> Choices => Gen.Choose(0, int.MaxValue).ListOf(300).ToArbitrary();

    /// <summary>One subscriber a stream, whose cursors are used in any order, also in orders that no agent has.</summary>
    [Fact]
    public void Under_any_use_of_cursors_only_what_was_delivered_is_done() => Prop.ForAll(Choices, OnlyDelivered).Check(Runs);

    /// <summary>Two subscribers a stream, used as an agent does, with failures, replaced and pinning cursors.</summary>
    [Fact]
    public void With_two_subscribers_only_what_both_have_is_done() => Prop.ForAll(Choices, OnlyWhatBothHave).Check(Runs);

    private static bool OnlyDelivered(List<int> choices)
    {
        const int streams = 3;
        var rig = new CacheRig(maxRecords: 3);
        var cursors = new List<(int Stream, IQueueCacheCursor Cursor)>();
        var inHand = new Dictionary<IQueueCacheCursor, (long[] Offsets, bool Failed)>();
        var delivered = new HashSet<long>();
        var read = Enumerable.Range(0, streams).Select(_ => new List<long>()).ToArray();
        long offset = 0;
        foreach (var choice in choices)
        {
            var pick = choice / 16;
            var (_, cursor) = cursors.Count > 0 ? cursors[pick % cursors.Count] : default;
            switch (choice % 16)
            {
                case 0 or 1 or 2:
                    rig.Read(pick % streams, offset);
                    read[pick % streams].Add(offset++);
                    break;
                case 3:
                    cursors.Add((pick % streams, rig.Cursor(pick % streams)));
                    break;
                case 4 when cursor is not null:
                    cursor.Dispose();
                    cursors.RemoveAll(c => c.Cursor == cursor);
                    break;
                case 5 when cursor is not null:
                    cursor.RecordDeliveryFailure();
                    if (inHand.TryGetValue(cursor, out var failing)) inHand[cursor] = failing with { Failed = true };
                    break;
                case 6 when cursor is not null:
                    cursor.Refresh(null!);
                    break;
                case 7:
                    rig.Purge();
                    break;
                case < 12 when cursor is not null:
                    // Said before, since it is acknowledged in there.
                    if (inHand.Remove(cursor, out var passed) && !passed.Failed) delivered.UnionWith(passed.Offsets);
                    cursor.MoveNext();
                    break;
                case >= 12 when cursor is not null:
                    if (cursor.GetCurrent(out _) is { } container) inHand[cursor] = (CacheRig.Offsets(container), inHand.TryGetValue(cursor, out var before) && before.Failed);
                    break;
            }

            if (!delivered.IsSupersetOf(rig.DoneOffsets)) return false;
        }

        // And what is done is done once, in its stream's order, and all of it in the end.
        foreach (var (_, cursor) in cursors) cursor.Dispose();
        for (var i = 0; i < streams; i++)
        {
            using var last = rig.Cursor(i);
            CacheRig.Drain(last);
        }

        return read.All(offsets => rig.DoneOffsets.Where(offsets.Contains).SequenceEqual(offsets)) && rig.Cache.Streams == 0;
    }

    private static bool OnlyWhatBothHave(List<int> choices)
    {
        var rig = new CacheRig(maxRecords: 4);
        var subscribers = new[] { new Subscriber(), new Subscriber() };
        IQueueCacheCursor? pin = null;
        long offset = 0;
        foreach (var choice in choices)
        {
            var subscriber = subscribers[choice / 8 % 2];
            switch (choice % 8)
            {
                case 0 or 1:
                    rig.Read("a", offset++);
                    // The first record makes an agent register the stream: it pins it until all subscribers have a cursor.
                    if (offset == 1) pin = rig.Cursor("a");
                    foreach (var s in subscribers) s.Cursor?.Refresh(null!);
                    break;
                case 2 when offset > 0 && subscriber.Cursor is null:
                    subscriber.Cursor = rig.Cursor("a");
                    if (subscribers.All(s => s.Cursor is not null)) pin?.Dispose();
                    break;
                case 3 when subscriber.Cursor is not null && subscriber.InHand is not null:
                    subscriber.Cursor.RecordDeliveryFailure();
                    subscriber.InHand = null;
                    break;
                case 4 when subscriber.Cursor is not null && choice / 16 % 4 == 0:
                    // As where a subscriber's place is not what the agent thought: the new cursor comes before the old goes.
                    var replaced = subscriber.Cursor;
                    subscriber.Cursor = rig.Cursor("a");
                    subscriber.InHand = null;
                    replaced.Dispose();
                    break;
                case 5:
                    rig.Purge();
                    break;
                case >= 6 when subscriber.Cursor is not null:
                    subscriber.Advance();
                    break;
            }

            if (!subscribers.All(s => s.Has.IsSupersetOf(rig.DoneOffsets))) return false;
        }

        foreach (var s in subscribers) s.Cursor ??= rig.Cursor("a");
        pin?.Dispose();
        foreach (var s in subscribers)
        {
            while (s.Advance())
            {
                // Until it has everything.
            }
        }

        rig.Purge();
        return rig.DoneOffsets.SequenceEqual(Enumerable.Range(0, (int)offset).Select(i => (long)i))
            && subscribers.All(s => s.Has.Count == offset);
    }

    private sealed class Subscriber
    {
        public IQueueCacheCursor? Cursor { get; set; }

        public long[]? InHand { get; set; }

        public HashSet<long> Has { get; } = [];

        public bool Advance()
        {
            if (InHand is not null) Has.UnionWith(InHand);
            InHand = CacheRig.Next(Cursor!) is { } container ? CacheRig.Offsets(container) : null;
            return InHand is not null;
        }
    }
}
