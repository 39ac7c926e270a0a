using OrleansIngest.Core.Delivery;
using Polly;
using Polly.Retry;

namespace OrleansIngest.Timescale.Connections;

/// <summary>Tries again, for ever, what fails for any reason but the data itself, with growing, jittered delays.</summary>
public sealed class TransientRetry
{
    private readonly ResiliencePipeline _pipeline;

    /// <summary>Takes <see cref="TimescaleOptions.RetryDelay"/> and <see cref="TimescaleOptions.MaxRetryDelay"/>.</summary>
    public TransientRetry(TimescaleOptions options, TimeProvider time)
    {
        _pipeline = new ResiliencePipelineBuilder { TimeProvider = time }
            .AddRetry(new RetryStrategyOptions
            {
                ShouldHandle = static args => ValueTask.FromResult(
                    args.Outcome.Exception is { } error && IsTransient(error, args.Context.CancellationToken)),
                MaxRetryAttempts = int.MaxValue,
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                Delay = options.RetryDelay,
                MaxDelay = options.MaxRetryDelay,
            })
            .Build();
    }

    /// <summary>Runs the operation until it succeeds.</summary>
    /// <exception cref="OperationCanceledException">Cancelled first.</exception>
    /// <exception cref="Exception">The data is at fault (SQLSTATE classes 21, 22, 23, 54 and P0001), or the writer stopped.</exception>
    public async ValueTask RunAsync(Func<CancellationToken, ValueTask> operation, Outage outage, CancellationToken cancellationToken)
    {
        var failed = false;
        var success = false;
        try
        {
            await _pipeline.ExecuteAsync(
                async token =>
                {
                    try
                    {
                        await operation(token);
                    }
                    catch (Exception error) when (IsTransient(error, token))
                    {
                        outage.Failed(error, first: !failed);
                        failed = true;
                        throw;
                    }
                },
                cancellationToken);
            success = true;
        }
        catch (Exception error) when (cancellationToken.IsCancellationRequested && error is not (OperationCanceledException or WriterStoppedException))
        {
            // What failed last matters to nobody any more; that it was given up does.
            throw new OperationCanceledException("Given up while the database could not be used.", error, cancellationToken);
        }
        catch (Exception error) when (!IsTransient(error, cancellationToken))
        {
            // A refusal is an answer: the database is there.
            success = DatabaseError.IsRefusal(error);
            throw;
        }
        finally
        {
            if (failed)
            {
                outage.Ended(success);
            }
        }
    }

    private static bool IsTransient(Exception error, CancellationToken cancellationToken) =>
        !cancellationToken.IsCancellationRequested
        && error is not WriterStoppedException
        && !DatabaseError.IsRefusal(error)
        && !IsDefect(error);

    // What no waiting can mend: it must be seen, not tried for ever.
    private static bool IsDefect(Exception error) =>
        error is InvalidCastException or ArgumentException or NullReferenceException or IndexOutOfRangeException or KeyNotFoundException;
}
