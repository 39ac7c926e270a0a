using System.Diagnostics;
using System.Runtime.InteropServices;
using Confluent.Kafka;

namespace OrleansIngest.Kafka.Clients;

/// <summary>The native library that Confluent.Kafka has loaded, for the few calls that it does not offer.</summary>
internal static partial class Librdkafka
{
    /// <summary>The name that P/Invoke declarations of this project use.</summary>
    public const string Name = "librdkafka";

    private static readonly Lazy<IntPtr> Loaded = new(FindLoaded);

    // Confluent.Kafka chooses among several builds of the library; a second one in the process would be another world.
    static Librdkafka() => NativeLibrary.SetDllImportResolver(
        typeof(Librdkafka).Assembly, (name, _, _) => name == Name ? Loaded.Value : IntPtr.Zero);

    private static IntPtr FindLoaded()
    {
        _ = Library.Version;
        using var process = Process.GetCurrentProcess();
        foreach (ProcessModule module in process.Modules)
        {
            if (module.ModuleName.Contains(Name, StringComparison.Ordinal)) return NativeLibrary.Load(module.FileName);
        }

        throw new DllNotFoundException("Confluent.Kafka has loaded librdkafka, but no module of that name is in this process.");
    }

    public const int ErrorLength = 512;

    public enum ConfResult
    {
        Unknown = -2,
        Invalid = -1,
        Ok = 0,
    }

    public enum ClientType
    {
        Producer = 0,
        Consumer = 1,
    }

    [LibraryImport(Name, EntryPoint = "rd_kafka_conf_new")]
    public static partial IntPtr ConfNew();

    [LibraryImport(Name, EntryPoint = "rd_kafka_conf_destroy")]
    public static partial void ConfDestroy(IntPtr conf);

    [LibraryImport(Name, EntryPoint = "rd_kafka_conf_set", StringMarshalling = StringMarshalling.Utf8)]
    public static partial ConfResult ConfSet(IntPtr conf, string name, string value, [Out] byte[] error, nint errorLength);

    [LibraryImport(Name, EntryPoint = "rd_kafka_conf_set_log_cb")]
    public static partial void ConfSetLogCallback(IntPtr conf, IntPtr callback);

    [LibraryImport(Name, EntryPoint = "rd_kafka_new")]
    public static partial IntPtr New(ClientType type, IntPtr conf, [Out] byte[] error, nint errorLength);

    [LibraryImport(Name, EntryPoint = "rd_kafka_destroy")]
    public static partial void Destroy(IntPtr client);

    /// <summary>The text that a call left in its error buffer.</summary>
    public static string Text(byte[] error)
    {
        var end = Array.IndexOf(error, (byte)0);
        return System.Text.Encoding.UTF8.GetString(error, 0, end < 0 ? error.Length : end);
    }
}
