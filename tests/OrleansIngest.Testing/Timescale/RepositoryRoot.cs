namespace OrleansIngest.Testing.Timescale;

/// <summary>Where the repository is that the tests were built from.</summary>
public static class RepositoryRoot
{
    private const string Mark = "OrleansIngest.sln";

    /// <summary>Its folder: the first above the running program that holds the solution.</summary>
    public static string Path { get; } = Find();

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(System.IO.Path.Combine(folder.FullName, Mark)))
            {
                return folder.FullName;
            }
        }

        throw new InvalidOperationException($"No folder above {AppContext.BaseDirectory} holds {Mark}: run the tests from a clone of the repository.");
    }
}
