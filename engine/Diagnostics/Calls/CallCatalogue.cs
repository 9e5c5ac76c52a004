using System.Text.Json;
using SspNative.Kernels.Operators;

namespace SspNative.Engine.Diagnostics;

/// <summary>Every kernel call there is, by name: what a recording can be read back with.</summary>
public static class CallCatalogue
{
    private static readonly Dictionary<string, Func<JsonElement, JsonSerializerOptions, RecordedCall>> _readers = [];

    static CallCatalogue()
    {
        AddElementwise();
        Add<AffineCall>();
        Add<FillCall>();
        Add<LessThanCall>();
        Add<GemmCall>();
        Add<GemmBatchedCall>();
        Add<Conv2dCall>();
        Add<Conv2dBackwardInputCall>();
        Add<Conv2dBackwardWeightCall>();
        Add<AttentionCall>();
        Add<AttentionBackwardCall>();
        Add<WindowAttentionCall>();
        Add<WindowAttentionBackwardCall>();
        Add<DeformableAttentionCall>();
        Add<DeformableAttentionBackwardCall>();
        Add<GridAttentionCall>();
        Add<GridQueryAttentionCall>();
        Add<LayerNormCall>();
        Add<LayerNormBackwardCall>();
        Add<GroupNormCall>();
        Add<GroupNormBackwardCall>();
        Add<SumCall>();
        Add<MaxCall>();
        Add<MaxBackwardCall>();
        Add<SumOfSquaresCall>();
        Add<NonFiniteCall>();
        Add<SoftmaxCall>();
        Add<SoftmaxBackwardCall>();
        Add<InterpolateBilinearCall>();
        Add<InterpolateBilinearBackwardCall>();
        Add<InterpolateNearestCall>();
        Add<InterpolateNearestBackwardCall>();
        Add<GridSampleCall>();
        Add<GridSampleBackwardCall>();
        Add<MaxPool2dCall>();
        Add<MaxPool2dBackwardCall>();
        Add<AvgPool2dCall>();
        Add<AvgPool2dBackwardCall>();
        Add<CopyStridedCall>();
        Add<EmbeddingCall>();
        Add<EmbeddingBackwardCall>();
        Add<GatherCall>();
        Add<GatherBackwardCall>();
        Add<AdamWCall>();
    }

    /// <summary>All names.</summary>
    public static IReadOnlyCollection<string> Names => _readers.Keys;

    /// <summary>A call from its fields.</summary>
    /// <exception cref="InvalidDataException">There is no such kernel.</exception>
    /// <exception cref="JsonException">A field is missing, unknown or of another type.</exception>
    internal static RecordedCall Read(string name, JsonElement fields, JsonSerializerOptions options) =>
        _readers.TryGetValue(name, out Func<JsonElement, JsonSerializerOptions, RecordedCall>? read)
            ? read(fields, options)
            : throw new InvalidDataException($"there is no kernel {name}");

    private static void AddElementwise()
    {
        AddUnary<Exp>();
        AddUnary<Gelu>();
        AddUnary<GeluTanh>();
        AddUnary<Log>();
        AddUnary<Neg>();
        AddUnary<QuickGelu>();
        AddUnary<Relu>();
        AddUnary<Sigmoid>();
        AddUnary<Silu>();
        AddUnary<Softplus>();
        AddUnary<Sqrt>();
        AddUnary<Tanh>();
        Add<BinaryCall<Add>>();
        Add<BinaryCall<Sub>>();
        Add<BinaryCall<Mul>>();
        Add<BinaryCall<Div>>();
    }

    private static void AddUnary<TOp>() where TOp : struct, IUnaryOperator
    {
        Add<UnaryCall<TOp>>();
        Add<UnaryBackwardCall<TOp>>();
    }

    private static void Add<TCall>() where TCall : struct, IKernelCall<TCall> =>
        _readers.Add(TCall.Name, (fields, options) => new RecordedCall<TCall>(fields.Deserialize<TCall>(options)));
}
