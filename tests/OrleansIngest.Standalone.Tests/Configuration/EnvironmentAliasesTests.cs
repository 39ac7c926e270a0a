using OrleansIngest.Hosting.Configuration;

namespace OrleansIngest.Standalone.Tests.Configuration;

/// <summary>Values that files hold, and names for what does not exist.</summary>
public sealed class EnvironmentAliasesTests
{
    private readonly List<string> _mistakes = [];

    [Theory]
    [InlineData("TIMESCALE_PASSWORD")]
    [InlineData("POSTGRES_URL")]
    [InlineData("REDIS_URL")]
    [InlineData("Timescale__Password")]
    public void A_file_without_a_name_is_none(string name)
    {
        var aliases = EnvironmentAliases.Read(new Dictionary<string, string> { [name + "_FILE"] = "" }, _mistakes);
        Assert.Empty(_mistakes);
        Assert.Empty(aliases.Values);
    }

    [Fact]
    public void A_value_counts_beside_a_file_without_a_name()
    {
        var aliases = EnvironmentAliases.Read(
            new Dictionary<string, string> { ["TIMESCALE_HOST"] = "h", ["TIMESCALE_HOST_FILE"] = "" }, _mistakes);
        Assert.Empty(_mistakes);
        Assert.Equal(new("Timescale:Host", "h"), Assert.Single(aliases.Values));
    }

    [Fact]
    public void A_setting_whose_file_has_no_name_is_not_read()
    {
        var error = Assert.Throws<ConfigurationException>(
            () => SettingsLoader.Load("Standalone", [], new Dictionary<string, string> { ["Timescale__Password_FILE"] = "", ["Kafka__Client__sasl.password_FILE"] = "" }, out _));
        Assert.DoesNotContain(error.Mistakes, m => m.Contains("_FILE", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_does_not_exist_yet_is_refused_as_a_file_too()
    {
        var path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        await File.WriteAllTextAsync(path, "redis://localhost\n", TestContext.Current.CancellationToken);
        try
        {
            EnvironmentAliases.Read(new Dictionary<string, string> { ["REDIS_URL_FILE"] = path }, _mistakes);
        }
        finally
        {
            File.Delete(path);
        }

        Assert.StartsWith("REDIS_URL_FILE asks for reading from a Redis stream", Assert.Single(_mistakes));
    }
}
