namespace OrleansIngest.Hosting.Configuration;

/// <summary>A file that an environment variable names and that holds a setting's value.</summary>
internal static class SecretFile
{
    /// <summary>The value without the line's end; null where it cannot be read, which is added to <paramref name="mistakes"/>.</summary>
    /// <param name="variable">The variable that names the file.</param>
    /// <param name="path">The file.</param>
    /// <param name="mistakes">Takes what is wrong.</param>
    public static string? Read(string variable, string path, List<string> mistakes)
    {
        try
        {
            return File.ReadAllText(path).TrimEnd('\r', '\n');
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            mistakes.Add($"{variable} names '{path}', which cannot be read: {e.Message}");
            return null;
        }
    }
}
