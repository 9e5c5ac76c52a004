using SspNative.Peers.Models;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace SspNative.Peers.Libtorch.Models;

/// <summary>Swin with AAVS's adapters: images (B,3,H,W) → four maps (B,C,h,w) of strides 4, 8, 16 and 32, each with its own LayerNorm.</summary>
internal sealed class SwinBackbone
{
    private readonly Conv2d _projection;
    private readonly LayerNorm _norm;
    private readonly SwinBlock[][] _blocks;
    private readonly (LayerNorm Norm, Linear Reduction)[] _merges;
    private readonly LayerNorm[] _outputNorms;

    public SwinBackbone(Weights.Path path, SwinSizes sizes)
    {
        Weights.Path embeddings = path / "embeddings";
        _projection = (embeddings / "patch_embeddings" / "projection").Conv2d(3, sizes.EmbedDim, sizes.PatchSize, sizes.PatchSize);
        _norm = (embeddings / "norm").LayerNorm(sizes.EmbedDim);
        int stages = sizes.Depths.Length;
        _blocks =
        [
            .. Enumerable.Range(0, stages).Select(s => Enumerable.Range(0, sizes.Depths[s]).Select(i => new SwinBlock(
                path / "encoder" / "layers" / s / "blocks" / i, sizes, sizes.EmbedDim << s, sizes.NumHeads[s], i % 2 == 1)).ToArray()),
        ];
        _merges =
        [
            .. Enumerable.Range(0, stages - 1).Select(s =>
            {
                Weights.Path downsample = path / "encoder" / "layers" / s / "downsample";
                long channels = sizes.EmbedDim << s;
                return ((downsample / "norm").LayerNorm(4 * channels), (downsample / "reduction").Linear(4 * channels, 2 * channels, bias: false));
            }),
        ];
        _outputNorms = [.. Enumerable.Range(0, stages).Select(s => (path / "hidden_states_norms" / $"stage{s + 1}").LayerNorm(sizes.EmbedDim << s))];
    }

    /// <summary>The sides of the images must be multiples of the patch.</summary>
    public Tensor[] Forward(Tensor images)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor embedded = _projection.forward(images);
        long b = images.shape[0], height = embedded.shape[2], width = embedded.shape[3];
        Tensor x = _norm.forward(embedded.flatten(2).transpose(1, 2));
        var maps = new Tensor[_blocks.Length];
        for (int s = 0; s < _blocks.Length; s++)
        {
            foreach (SwinBlock block in _blocks[s])
                x = Replace(x, block.Forward(x, height, width));
            maps[s] = _outputNorms[s].forward(x).view(b, height, width, -1).permute(0, 3, 1, 2).contiguous().MoveToOuterDisposeScope();
            if (s == _merges.Length)
                break;
            x = Replace(x, Merge(x, s, height, width));
            (height, width) = ((height + 1) / 2, (width + 1) / 2);
        }
        return maps;
    }

    // A stage's tokens are not needed once the next ones are there.
    private static Tensor Replace(Tensor old, Tensor next)
    {
        old.Dispose();
        return next;
    }

    private Tensor Merge(Tensor x, int stage, long height, long width)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor map = x.view(x.shape[0], height, width, -1);
        if (height % 2 + width % 2 > 0)
            map = nn.functional.pad(map, [0, 0, 0, width % 2, 0, height % 2]);
        Tensor[] corners =
        [
            .. from column in (int[])[0, 1]
               from row in (int[])[0, 1]
               select map.slice(1, row, map.shape[1], 2).slice(2, column, map.shape[2], 2),
        ];
        Tensor joined = cat(corners, -1).flatten(1, 2);
        return _merges[stage].Reduction.forward(_merges[stage].Norm.forward(joined)).MoveToOuterDisposeScope();
    }
}
