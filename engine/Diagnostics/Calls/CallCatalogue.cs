using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using SspNative.Kernels.Operators;

namespace SspNative.Engine.Diagnostics;

/// <summary>Every kernel call there is, by name: what a recording can be read back with. A new call has a line here and one below.</summary>
public static class CallCatalogue
{
    private static readonly Dictionary<string, Func<JsonElement, JsonSerializerOptions, RecordedCall>> _readers = [];

    static CallCatalogue()
    {
        Add<AdamWCall>();
        Add<AffineCall>();
        Add<AttentionBackwardCall>();
        Add<AttentionCall>();
        Add<AvgPool2dBackwardCall>();
        Add<AvgPool2dCall>();
        Add<Conv2dBackwardInputCall>();
        Add<Conv2dBackwardWeightCall>();
        Add<Conv2dCall>();
        Add<CopyStridedCall>();
        Add<DeformableAttentionBackwardCall>();
        Add<DeformableAttentionCall>();
        Add<EmbeddingBackwardCall>();
        Add<EmbeddingCall>();
        Add<FillCall>();
        Add<GatherBackwardCall>();
        Add<GatherCall>();
        Add<GemmBatchedCall>();
        Add<GemmCall>();
        Add<GridKeyAttentionCall>();
        Add<GridQueryAttentionCall>();
        Add<GridSampleBackwardCall>();
        Add<GridSampleCall>();
        Add<GroupNormBackwardCall>();
        Add<GroupNormCall>();
        Add<InterpolateBilinearBackwardCall>();
        Add<InterpolateBilinearCall>();
        Add<InterpolateNearestBackwardCall>();
        Add<InterpolateNearestCall>();
        Add<LayerNormBackwardCall>();
        Add<LayerNormCall>();
        Add<LessThanCall>();
        Add<MaxBackwardCall>();
        Add<MaxCall>();
        Add<MaxPool2dBackwardCall>();
        Add<MaxPool2dCall>();
        Add<NonFiniteCall>();
        Add<SoftmaxBackwardCall>();
        Add<SoftmaxCall>();
        Add<SumCall>();
        Add<SumOfSquaresCall>();
        Add<ToBFloat16Call>();
        Add<WindowAttentionBackwardCall>();
        Add<WindowAttentionCall>();
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
        Add<BinaryCall<Div>>();
        Add<BinaryCall<Mul>>();
        Add<BinaryCall<Sub>>();
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

    private static void AddUnary<TOp>()
        where TOp : struct, IUnaryOperator
    {
        Add<UnaryCall<TOp>>();
        Add<UnaryBackwardCall<TOp>>();
    }

    private static void Add<TCall>()
        where TCall : struct, IKernelCall<TCall> =>
        _readers.Add(TCall.Name, (fields, options) => new RecordedCall<TCall>(fields.Deserialize((JsonTypeInfo<TCall>)options.GetTypeInfo(typeof(TCall)))));
}

/// <summary>How every call is read and written, known when this is compiled; <see cref="CallJson"/> says in which form.</summary>
[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(AdamWCall))]
[JsonSerializable(typeof(AffineCall))]
[JsonSerializable(typeof(AttentionBackwardCall))]
[JsonSerializable(typeof(AttentionCall))]
[JsonSerializable(typeof(AvgPool2dBackwardCall))]
[JsonSerializable(typeof(AvgPool2dCall))]
[JsonSerializable(typeof(Conv2dBackwardInputCall))]
[JsonSerializable(typeof(Conv2dBackwardWeightCall))]
[JsonSerializable(typeof(Conv2dCall))]
[JsonSerializable(typeof(CopyStridedCall))]
[JsonSerializable(typeof(DeformableAttentionBackwardCall))]
[JsonSerializable(typeof(DeformableAttentionCall))]
[JsonSerializable(typeof(EmbeddingBackwardCall))]
[JsonSerializable(typeof(EmbeddingCall))]
[JsonSerializable(typeof(FillCall))]
[JsonSerializable(typeof(GatherBackwardCall))]
[JsonSerializable(typeof(GatherCall))]
[JsonSerializable(typeof(GemmBatchedCall))]
[JsonSerializable(typeof(GemmCall))]
[JsonSerializable(typeof(GridKeyAttentionCall))]
[JsonSerializable(typeof(GridQueryAttentionCall))]
[JsonSerializable(typeof(GridSampleBackwardCall))]
[JsonSerializable(typeof(GridSampleCall))]
[JsonSerializable(typeof(GroupNormBackwardCall))]
[JsonSerializable(typeof(GroupNormCall))]
[JsonSerializable(typeof(InterpolateBilinearBackwardCall))]
[JsonSerializable(typeof(InterpolateBilinearCall))]
[JsonSerializable(typeof(InterpolateNearestBackwardCall))]
[JsonSerializable(typeof(InterpolateNearestCall))]
[JsonSerializable(typeof(LayerNormBackwardCall))]
[JsonSerializable(typeof(LayerNormCall))]
[JsonSerializable(typeof(LessThanCall))]
[JsonSerializable(typeof(MaxBackwardCall))]
[JsonSerializable(typeof(MaxCall))]
[JsonSerializable(typeof(MaxPool2dBackwardCall))]
[JsonSerializable(typeof(MaxPool2dCall))]
[JsonSerializable(typeof(NonFiniteCall))]
[JsonSerializable(typeof(SoftmaxBackwardCall))]
[JsonSerializable(typeof(SoftmaxCall))]
[JsonSerializable(typeof(SumCall))]
[JsonSerializable(typeof(SumOfSquaresCall))]
[JsonSerializable(typeof(ToBFloat16Call))]
[JsonSerializable(typeof(WindowAttentionBackwardCall))]
[JsonSerializable(typeof(WindowAttentionCall))]
[JsonSerializable(typeof(UnaryCall<Exp>))]
[JsonSerializable(typeof(UnaryBackwardCall<Exp>))]
[JsonSerializable(typeof(UnaryCall<Gelu>))]
[JsonSerializable(typeof(UnaryBackwardCall<Gelu>))]
[JsonSerializable(typeof(UnaryCall<GeluTanh>))]
[JsonSerializable(typeof(UnaryBackwardCall<GeluTanh>))]
[JsonSerializable(typeof(UnaryCall<Log>))]
[JsonSerializable(typeof(UnaryBackwardCall<Log>))]
[JsonSerializable(typeof(UnaryCall<Neg>))]
[JsonSerializable(typeof(UnaryBackwardCall<Neg>))]
[JsonSerializable(typeof(UnaryCall<QuickGelu>))]
[JsonSerializable(typeof(UnaryBackwardCall<QuickGelu>))]
[JsonSerializable(typeof(UnaryCall<Relu>))]
[JsonSerializable(typeof(UnaryBackwardCall<Relu>))]
[JsonSerializable(typeof(UnaryCall<Sigmoid>))]
[JsonSerializable(typeof(UnaryBackwardCall<Sigmoid>))]
[JsonSerializable(typeof(UnaryCall<Silu>))]
[JsonSerializable(typeof(UnaryBackwardCall<Silu>))]
[JsonSerializable(typeof(UnaryCall<Softplus>))]
[JsonSerializable(typeof(UnaryBackwardCall<Softplus>))]
[JsonSerializable(typeof(UnaryCall<Sqrt>))]
[JsonSerializable(typeof(UnaryBackwardCall<Sqrt>))]
[JsonSerializable(typeof(UnaryCall<Tanh>))]
[JsonSerializable(typeof(UnaryBackwardCall<Tanh>))]
[JsonSerializable(typeof(BinaryCall<Add>))]
[JsonSerializable(typeof(BinaryCall<Div>))]
[JsonSerializable(typeof(BinaryCall<Mul>))]
[JsonSerializable(typeof(BinaryCall<Sub>))]
[JsonSerializable(typeof(int[][]))]
[JsonSerializable(typeof(long[][]))]
internal sealed partial class CallJsonContext : JsonSerializerContext;
