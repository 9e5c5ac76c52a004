using System.Text.Json;
using SspNative.Lab.References;

namespace SspNative.Lab.Catalogue;

/// <summary>
/// How adapters of reference cases read settings and return a result. The cases hold images channels-first, as PyTorch does, and attention heads as a
/// dimension of their own; the adapters reorder both ways.
/// </summary>
internal static class Adapters
{
    /// <summary>A module of one result.</summary>
    public static ReferenceModule Output(Func<ReferenceContext, Tensor> op) =>
        context => new Dictionary<string, Tensor> { ["output"] = op(context) };

    /// <summary>An operation on one channels-last map, or on whatever other rank the case has, channels second.</summary>
    public static ReferenceModule MapOutput(Func<ReferenceContext, Tensor, Tensor> op) => Output(context =>
        Ops.ToChannelsFirst(op(context, Ops.ToChannelsLast(context.Input("input")))));

    /// <summary>The dimensions that a case names, or null for all.</summary>
    public static int[]? Dims(this ReferenceContext context) =>
        !context.Config.TryGetProperty("dim", out JsonElement dim) || dim.ValueKind == JsonValueKind.Null ? null
        : dim.ValueKind == JsonValueKind.Number ? [dim.GetInt32()]
        : [.. dim.EnumerateArray().Select(d => d.GetInt32())];

    /// <summary>The height and width of a result.</summary>
    public static (int H, int W) Size(this ReferenceContext context)
    {
        JsonElement size = context.Config.GetProperty("size");
        return (size[0].GetInt32(), size[1].GetInt32());
    }

    public static int Int(this ReferenceContext context, string name, int otherwise) =>
        context.Config.TryGetProperty(name, out JsonElement value) ? value.GetInt32() : otherwise;

    public static float Float(this ReferenceContext context, string name, float otherwise) =>
        context.Config.TryGetProperty(name, out JsonElement value) ? value.GetSingle() : otherwise;

    public static bool Flag(this ReferenceContext context, string name) =>
        context.Config.TryGetProperty(name, out JsonElement value) && value.GetBoolean();
}
