namespace OrleansIngest.Behaviour.Hosts;

/// <summary>A folder for files of these tests, removed when their process ends.</summary>
internal static class TemporaryFolder
{
    private static readonly DirectoryInfo Root = Directory.CreateTempSubdirectory("ingest-tests-");

    static TemporaryFolder() => AppDomain.CurrentDomain.ProcessExit += (_, _) => Root.Delete(recursive: true);

    /// <summary>A new, empty folder.</summary>
    public static string Create() => Root.CreateSubdirectory(Guid.NewGuid().ToString("N")).FullName;
}
