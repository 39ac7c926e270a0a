using Orleans.Runtime;

namespace OrleansIngest.Orleans.Tests.Cluster;

/// <summary>Keeps a number in the default storage, or in one that deletes what is cleared, and counts its reminders.</summary>
public interface IKeeping
{
    Task<(bool Exists, int Number)> GetAsync();

    Task SetAsync(int number);

    Task ClearAsync();

    Task LeaveAsync();

    Task RemindAsync(string name, TimeSpan due);

    Task<string[]> RemindersAsync();

    Task ForgetAsync(string name);

    Task<int> TicksAsync();
}

public interface IKeepingByInteger : IKeeping, IGrainWithIntegerCompoundKey;

public interface IKeepingByGuid : IKeeping, IGrainWithGuidKey;

public interface IKeepingByString : IKeeping, IGrainWithStringKey;

[GenerateSerializer]
public sealed class Kept
{
    [Id(0)]
    public int Number { get; set; }
}

public abstract class KeepingGrain(IPersistentState<Kept> state) : Grain, IKeeping, IRemindable
{
    private int _ticks;

    public Task<(bool Exists, int Number)> GetAsync() => Task.FromResult((state.RecordExists, state.State.Number));

    public Task SetAsync(int number)
    {
        state.State.Number = number;
        return state.WriteStateAsync();
    }

    public Task ClearAsync() => state.ClearStateAsync();

    public Task LeaveAsync()
    {
        DeactivateOnIdle();
        return Task.CompletedTask;
    }

    public Task RemindAsync(string name, TimeSpan due) => this.RegisterOrUpdateReminder(name, due, TimeSpan.FromMinutes(10));

    public async Task<string[]> RemindersAsync() => [.. (await this.GetReminders()).Select(r => r.ReminderName).Order()];

    public async Task ForgetAsync(string name) => await this.UnregisterReminder((await this.GetReminder(name))!);

    public Task<int> TicksAsync() => Task.FromResult(_ticks);

    public Task ReceiveReminder(string reminderName, TickStatus status)
    {
        _ticks++;
        return Task.CompletedTask;
    }
}

public sealed class KeepingByInteger([PersistentState("kept")] IPersistentState<Kept> state) : KeepingGrain(state), IKeepingByInteger;

public sealed class KeepingByGuid([PersistentState("kept")] IPersistentState<Kept> state) : KeepingGrain(state), IKeepingByGuid;

public sealed class KeepingByString([PersistentState("kept", "deleting")] IPersistentState<Kept> state) : KeepingGrain(state), IKeepingByString;
