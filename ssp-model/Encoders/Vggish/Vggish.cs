using SspNative.Model.Config;

namespace SspNative.Model.Encoders.Vggish;

/// <summary>
/// VGGish (Hershey et al. 2017), names as in torchvggish: six 3×3 convolutions with pooling, three linear layers:
/// log-mel examples (N,1,96,64) → (N,128).
/// </summary>
public sealed class Vggish : Layer
{
    // The layer's number in the state dict, the pooling stage whose channels it has, whether it ends that stage.
    private static readonly (int Layer, int Stage, bool Pool)[] _layout =
    [
        (0, 0, true), (3, 1, true), (6, 2, false), (8, 2, true), (11, 3, false), (13, 3, true),
    ];

    private readonly Conv2d[] _convolutions;
    private readonly Linear[] _embeddings;
    private readonly bool _finalRelu;

    /// <param name="root">Where <c>features</c> and <c>embeddings</c> lie.</param>
    /// <param name="config">Sizes; null for the published ones.</param>
    /// <param name="finalRelu">Whether the embedding is rectified, as torchvggish does and AAVS's feed does not.</param>
    public Vggish(ParameterPath root, VggishConfig? config = null, bool finalRelu = false)
        : base("vggish")
    {
        config ??= new VggishConfig();
        _convolutions = new Conv2d[_layout.Length];
        int channels = 1;
        for (int i = 0; i < _layout.Length; i++)
        {
            int next = config.Channels[_layout[i].Stage];
            _convolutions[i] = new Conv2d(root / "features" / _layout[i].Layer, channels, next, 3, padding: 1);
            channels = next;
        }
        _embeddings =
        [
            new Linear(root / "embeddings" / 0, channels * 4 * 6, config.HiddenSize, init: Init.KaimingUniform),
            new Linear(root / "embeddings" / 2, config.HiddenSize, config.HiddenSize, init: Init.KaimingUniform),
            new Linear(root / "embeddings" / 4, config.HiddenSize, 128, init: Init.KaimingUniform),
        ];
        _finalRelu = finalRelu;
    }

    protected override Tensor Compute(Tensor examples)
    {
        Tensor x = Ops.ToChannelsLast(examples);
        for (int i = 0; i < _convolutions.Length; i++)
        {
            x = _convolutions[i].Forward(x, Activation.Relu);
            if (_layout[i].Pool)
                x = Ops.MaxPool2d(x, 2, 2);
        }
        x = Ops.Reshape(x, x.Shape[0], -1);
        x = _embeddings[0].Forward(x, Activation.Relu);
        x = _embeddings[1].Forward(x, Activation.Relu);
        return _embeddings[2].Forward(x, _finalRelu ? Activation.Relu : Activation.None);
    }
}
