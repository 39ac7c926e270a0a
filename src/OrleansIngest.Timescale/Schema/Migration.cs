using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace OrleansIngest.Timescale.Schema;

/// <summary>One numbered step of the schema.</summary>
/// <param name="Version">Its number, from 1.</param>
/// <param name="Name">What it is for, in words joined by underscores.</param>
/// <param name="Sql">Its statements; they run in one transaction.</param>
public sealed record Migration(int Version, string Name, string Sql)
{
    /// <summary>Lower-case SHA-256 of the statements.</summary>
    public string Checksum { get; } = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Sql)));

    /// <summary>The migrations that this version of the program knows, in their order.</summary>
    public static IReadOnlyList<Migration> All { get; } = Load();

    /// <inheritdoc />
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Version:0000}_{Name}");

    private static Migration[] Load()
    {
        const string prefix = "OrleansIngest.Timescale.Migrations.";
        const string suffix = ".sql";
        var assembly = typeof(Migration).Assembly;
        return [.. assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith(prefix, StringComparison.Ordinal) && name.EndsWith(suffix, StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)
            .Select(resource =>
            {
                using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!, Encoding.UTF8);
                var file = resource[prefix.Length..^suffix.Length];
                var split = file.IndexOf('_', StringComparison.Ordinal);
                // A checkout with other line ends is the same migration.
                var sql = reader.ReadToEnd().ReplaceLineEndings("\n");
                return new Migration(int.Parse(file[..split], CultureInfo.InvariantCulture), file[(split + 1)..], sql);
            })];
    }
}
