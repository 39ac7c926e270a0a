using System.Numerics;

namespace OrleansIngest.Core.Delivery;

/// <summary>
/// The contiguous watermark of one partition: records are seen in offset order and done in any order. Offsets may have
/// gaps, so records are counted by a sequence of their own; one bit a record in flight is all that is kept.
/// Not safe for concurrent use.
/// </summary>
public sealed class Watermark
{
    // Sequence s is offset Offset + (s - Sequence) from the segment's start on; a gap in the offsets begins a new one.
    private readonly Queue<(long Sequence, long Offset)> _segments = new();
    private ulong[] _done = new ulong[16];
    private long _head;
    private long _next;
    private (long Sequence, long Offset) _headSegment;
    private long _nextOffset = -1;

    /// <summary>Records seen and not yet below the watermark: done ones that wait for an earlier one are among them.</summary>
    public long Span => _next - _head;

    /// <summary>Sequence of the oldest record that is not done; the next record's where none is in flight.</summary>
    public long OldestUndone => _head;

    /// <summary>Every record before this offset is done. Null before the first record or end was seen.</summary>
    public long? Offset =>
        _nextOffset < 0 ? null
        : _head == _next ? _nextOffset
        : _headSegment.Offset + (_head - _headSegment.Sequence);

    /// <summary>Takes the next record; gives its sequence.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The offset is not beyond the last one seen.</exception>
    public long Seen(long offset)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(offset, Math.Max(_nextOffset, 0));
        if (offset != _nextOffset || _next == 0)
        {
            if (_head == _next) _headSegment = (_next, offset);
            else _segments.Enqueue((_next, offset));
        }

        if (_next - _head == (long)_done.Length * 64) Grow();
        _nextOffset = offset + 1;
        return _next++;
    }

    /// <summary>The log ends before <paramref name="offset"/> for now: nothing that will ever be read lies between.</summary>
    public void ReachedEnd(long offset)
    {
        if (offset <= _nextOffset) return;
        _nextOffset = offset;
        if (_head == _next) _headSegment = (_next, offset);
        else _segments.Enqueue((_next, offset));
    }

    /// <summary>Marks a record done; doing so twice changes nothing.</summary>
    public void Done(long sequence)
    {
        if (sequence < _head) return;
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(sequence, _next);
        _done[Word(sequence)] |= 1UL << (int)(sequence & 63);
        if (sequence == _head) Advance();
    }

    private void Advance()
    {
        while (_head < _next)
        {
            ref var word = ref _done[Word(_head)];
            var bit = (int)(_head & 63);
            var run = (int)Math.Min(BitOperations.TrailingZeroCount(~(word >> bit)), Math.Min(64 - bit, _next - _head));
            if (run == 0) break;
            word &= run == 64 ? 0 : ~(((1UL << run) - 1) << bit);
            _head += run;
        }

        while (_segments.TryPeek(out var segment) && segment.Sequence <= _head)
        {
            _headSegment = _segments.Dequeue();
        }
    }

    private int Word(long sequence) => (int)((sequence >> 6) & (_done.Length - 1));

    private void Grow()
    {
        var old = _done;
        _done = new ulong[old.Length * 2];
        // A full ring's words are all in use; the head's word may be shared by the tail, so words move bit by bit there.
        for (var s = _head; s < _next; s++)
        {
            if ((old[(int)((s >> 6) & (old.Length - 1))] & (1UL << (int)(s & 63))) != 0)
            {
                _done[Word(s)] |= 1UL << (int)(s & 63);
            }
        }
    }
}
