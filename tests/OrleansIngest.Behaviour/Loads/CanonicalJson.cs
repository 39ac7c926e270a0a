using System.Text;
using System.Text.Json;

namespace OrleansIngest.Behaviour.Loads;

/// <summary>JSON with names in order and without white space, so that what JSONB gives back can be compared with what was sent.</summary>
internal static class CanonicalJson
{
    public static string Of(ReadOnlyMemory<byte> utf8)
    {
        using var document = JsonDocument.Parse(utf8);
        return Of(document);
    }

    public static string Of(string json)
    {
        using var document = JsonDocument.Parse(json);
        return Of(document);
    }

    private static string Of(JsonDocument document)
    {
        var text = new StringBuilder();
        Append(document.RootElement, text);
        return text.ToString();
    }

    private static void Append(JsonElement element, StringBuilder text)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                text.Append('{');
                foreach (var property in element.EnumerateObject().OrderBy(p => p.Name, StringComparer.Ordinal))
                {
                    text.Append('"').Append(property.Name).Append("\":");
                    Append(property.Value, text);
                    text.Append(',');
                }

                text.Append('}');
                break;
            case JsonValueKind.Array:
                text.Append('[');
                foreach (var item in element.EnumerateArray())
                {
                    Append(item, text);
                    text.Append(',');
                }

                text.Append(']');
                break;
            case JsonValueKind.String:
                text.Append('"').Append(element.GetString()).Append('"');
                break;
            default:
                text.Append(element.GetRawText());
                break;
        }
    }
}
