using OrleansIngest.Testing.Timescale;

namespace OrleansIngest.Timescale.Tests;

/// <summary>A migrated database for the tests of one class.</summary>
public sealed class DatabaseFixture : IAsyncLifetime
{
    public TestDatabase Database { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Database = await TestDatabase.CreateAsync();

    public ValueTask DisposeAsync() => Database.DisposeAsync();
}
