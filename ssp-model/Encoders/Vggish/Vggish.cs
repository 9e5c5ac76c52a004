namespace SspNative.Model.Encoders.Vggish;

/// <summary>
/// VGGish (Hershey et al. 2017), names as in torchvggish: six 3×3 convolutions with pooling, three linear layers:
/// log-mel examples (N,1,96,64) → (N,128).
/// </summary>
public sealed class Vggish
{
    private static readonly (int Layer, int In, int Out, bool Pool)[] Convolutions =
    [
        (0, 1, 64, true), (3, 64, 128, true), (6, 128, 256, false), (8, 256, 256, true), (11, 256, 512, false), (13, 512, 512, true),
    ];

    private readonly Conv2d[] _convolutions;
    private readonly Linear[] _embeddings;
    private readonly bool _finalRelu;

    /// <param name="root">Where <c>features</c> and <c>embeddings</c> lie.</param>
    /// <param name="finalRelu">Whether the embedding is rectified, as torchvggish does and AAVS's feed does not.</param>
    public Vggish(ParameterPath root, bool finalRelu)
    {
        _convolutions = [.. Convolutions.Select(c => new Conv2d(root / "features" / c.Layer, c.In, c.Out, 3, padding: 1))];
        _embeddings =
        [
            new Linear(root / "embeddings" / 0, 512 * 4 * 6, 4096),
            new Linear(root / "embeddings" / 2, 4096, 4096),
            new Linear(root / "embeddings" / 4, 4096, 128),
        ];
        _finalRelu = finalRelu;
    }

    public Tensor Forward(Tensor examples)
    {
        using var scope = new TensorScope();
        Tensor x = Ops.ToChannelsLast(examples);
        for (int i = 0; i < _convolutions.Length; i++)
        {
            x = _convolutions[i].Forward(x, Activation.Relu);
            if (Convolutions[i].Pool)
                x = Ops.MaxPool2d(x, 2, 2);
        }
        x = Ops.Reshape(x, x.Shape[0], -1);
        x = _embeddings[0].Forward(x, Activation.Relu);
        x = _embeddings[1].Forward(x, Activation.Relu);
        return scope.Keep(_embeddings[2].Forward(x, _finalRelu ? Activation.Relu : Activation.None));
    }
}
