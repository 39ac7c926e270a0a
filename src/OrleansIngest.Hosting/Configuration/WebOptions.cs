namespace OrleansIngest.Hosting.Configuration;

/// <summary>Settings of the section <c>Web</c>.</summary>
public sealed class WebOptions
{
    /// <summary>Section name in the configuration.</summary>
    public const string Section = "Web";

    /// <summary>Where HTTP listens, such as <c>http://127.0.0.1:8080</c>. Only loopback addresses: there is no authentication.</summary>
    public string Listen { get; set; } = "http://127.0.0.1:8080";
}
