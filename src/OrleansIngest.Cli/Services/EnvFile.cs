namespace OrleansIngest.Cli.Services;

/// <summary>A file of NAME=value lines, readable by its owner alone and replaced as a whole.</summary>
internal static class EnvFile
{
    /// <summary>Empty where there is no such file.</summary>
    public static Dictionary<string, string> Read(string path)
    {
        var values = new Dictionary<string, string>();
        if (!File.Exists(path)) return values;
        foreach (var line in File.ReadLines(path))
        {
            var equals = line.IndexOf('=');
            if (equals > 0 && line[0] != '#') values[line[..equals]] = line[(equals + 1)..];
        }

        return values;
    }

    public static void Write(string path, IEnumerable<KeyValuePair<string, string>> values)
    {
        var draft = path + ".new";
        File.Delete(draft);
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        };
        using (var writer = new StreamWriter(draft, options))
        {
            foreach (var (name, value) in values) writer.WriteLine($"{name}={value}");
        }

        File.Move(draft, path, overwrite: true);
    }
}
