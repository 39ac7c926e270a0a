using System.Reflection;
using Microsoft.Extensions.Configuration;

namespace OrleansIngest.Hosting.Configuration;

/// <summary>Reads a section into its options and notes every value that cannot be read and every key that means nothing.</summary>
public static class SectionReader
{
    /// <summary>Reads a section.</summary>
    /// <param name="configuration">Where it is.</param>
    /// <param name="section">Its name.</param>
    /// <param name="mistakes">What is wrong is added here, a sentence each.</param>
    public static T Read<T>(IConfiguration configuration, string section, List<string> mistakes)
        where T : class, new()
    {
        var options = new T();
        foreach (var child in configuration.GetSection(section).GetChildren())
        {
            var property = typeof(T).GetProperty(child.Key, BindingFlags.Public | BindingFlags.Instance | BindingFlags.IgnoreCase);
            if (property is null || !property.CanWrite)
            {
                mistakes.Add($"{child.Path} is no setting; {section} has {string.Join(", ", typeof(T).GetProperties().Where(p => p.CanWrite).Select(p => p.Name))}.");
                continue;
            }

            try
            {
                if (child.Get(property.PropertyType, o => o.ErrorOnUnknownConfiguration = true) is { } value) property.SetValue(options, value);
            }
            catch (InvalidOperationException e)
            {
                mistakes.Add($"{child.Path}: {Reason(e, child, property.PropertyType)}");
            }
        }

        return options;
    }

    private static string Reason(InvalidOperationException e, IConfigurationSection child, Type type)
    {
        if (child.Value is not { } value) return (e.InnerException ?? e).Message;
        var wanted = Nullable.GetUnderlyingType(type) ?? type;
        var name = wanted == typeof(TimeSpan) ? "a duration such as 00:00:05"
            : wanted.IsEnum ? "one of " + string.Join(", ", Enum.GetNames(wanted))
            : wanted == typeof(bool) ? "true or false"
            : "a number";
        return $"'{value}' is not {name}.";
    }
}
