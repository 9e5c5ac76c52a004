using FsCheck;
using FsCheck.Xunit;
using SspNative.Engine;
using SspNative.Kernels.Cpu;
using SspNative.Model.Media;
using SspNative.Model.OpticalFlow.Perceiver;
using Xunit;

namespace SspNative.Tests.OpticalFlow.Perceiver;

public class FlowTilesTests
{
    private const int TileHeight = 7, TileWidth = 9;

    [Property]
    public bool TilesCoverEveryPositionInOrderWithTheirOverlap(PositiveInt extra, PositiveInt tileSize, NonNegativeInt shared)
    {
        int tile = 2 + tileSize.Get % 30, overlap = shared.Get % tile, size = tile + extra.Get % 200 - 1;
        IReadOnlyList<int> starts = FlowTiles.Starts(size, tile, overlap);
        return starts[0] == 0
            && starts[^1] == size - tile
            && starts.Zip(starts.Skip(1)).All(p => p.First < p.Second && p.First + tile - p.Second >= overlap);
    }

    [Fact]
    public void PublishedSizesGiveThePublishedTiles()
    {
        Assert.Equal([0], FlowTiles.Starts(368, 368, 20));
        Assert.Equal([0, 348], FlowTiles.Starts(716, 368, 20));
        Assert.Equal([0, 348, 352], FlowTiles.Starts(720, 368, 20));
        Assert.Equal([0, 476, 784], FlowTiles.Starts(1280, 496, 20));
        Assert.Equal(9, new FlowTiles(720, 1280).Origins.Count);
        Assert.Single(new FlowTiles(240, 320).Origins);
    }

    [Property]
    public bool BlendingAConstantFlowIsConstant(byte extraHeight, byte extraWidth, sbyte u, sbyte v)
    {
        int height = TileHeight + extraHeight % 20, width = TileWidth + extraWidth % 20;
        float[] flow = Estimate(height, width, _ => Constant(u, v));
        return flow[..(height * width)].All(value => value == u) && flow[(height * width)..].All(value => value == v);
    }

    [Property(MaxTest = 30)]
    public bool WeightsOfAllTilesSumToOneEverywhere(byte extraHeight, byte extraWidth)
    {
        int height = TileHeight + extraHeight % 12, width = TileWidth + extraWidth % 12;
        double[] sums = new double[height * width];
        int tiles = new FlowTiles(height, width, TileHeight, TileWidth, 2).Origins.Count;
        for (int chosen = 0; chosen < tiles; chosen++)
        {
            float[] share = Estimate(height, width, tile => Constant(tile == chosen ? 1 : 0, 0));
            for (int i = 0; i < sums.Length; i++)
                sums[i] += share[i];
        }
        return sums.All(sum => Math.Abs(sum - 1) < 1e-6);
    }

    [Fact]
    public void SmallFramesAreStretchedAndTheFlowIsScaledBack()
    {
        // Twice as wide and as high as the frame: a working flow of (4, 6) is (2, 3) in the frame's own pixels.
        var tiles = new FlowTiles(10, 20, 20, 40, 4);
        Assert.Single(tiles.Origins);
        float[] flow = tiles.Estimate(new Image(20, 10), new Image(20, 10), (first, _) =>
        {
            Assert.Equal((40, 20), (first.Width, first.Height));
            return [.. Enumerable.Repeat(4f, 800), .. Enumerable.Repeat(6f, 800)];
        });
        Assert.All(flow[..200], u => Assert.Equal(2, u));
        Assert.All(flow[200..], v => Assert.Equal(3, v));
    }

    [Theory]
    [InlineData(10, 11, 2)]
    [InlineData(10, 5, -1)]
    [InlineData(10, 5, 5)]
    public void TilesThatCannotCoverAreRefused(int size, int tile, int overlap) =>
        Assert.Throws<ArgumentException>(() => FlowTiles.Starts(size, tile, overlap));

    [Fact]
    public void TilesAreCutWhereTheyAreBlended()
    {
        // The "network" reports each pixel's own column and row, so the blend must be the ramp over the whole picture.
        var frame = new Image(23, 17);
        for (int y = 0; y < 17; y++)
            for (int x = 0; x < 23; x++)
                (frame[x, y][0], frame[x, y][1]) = ((byte)x, (byte)y);
        float[] flow = new FlowTiles(17, 23, TileHeight, TileWidth, 2).Estimate(frame, frame, (first, _) =>
            [.. Plane(first, 0), .. Plane(first, 1)]);
        for (int i = 0; i < 17 * 23; i++)
            Assert.Equal((i % 23, i / 23), ((int)flow[i], (int)flow[17 * 23 + i]));
    }

    [Fact]
    public void FramesOfAnotherSizeAreAnError() =>
        Assert.Throws<ArgumentException>(
            () => new FlowTiles(17, 23).Estimate(new Image(23, 17), new Image(22, 17), (_, _) => []));

    [Fact]
    public void PatchesListTheNeighboursInOrder()
    {
        var frame = new Image(3, 3, [.. Enumerable.Range(0, 27).Select(i => (byte)(i * 9))]);
        using var scope = new TensorScope();
        Tensor made = FlowPatches.Of(frame, new Image(3, 3), CpuDevice.Default);
        Assert.Equal([1, 2, 27, 3, 3], made.Shape.ToArray());
        float[] patches = made.ToArray();
        for (int channel = 0; channel < 27; channel++)
        {
            // Around the centre pixel the 27 channels are the picture itself, in its own order.
            Assert.Equal(frame.Rgb[channel] / 255f * 2 - 1, patches[channel * 9 + 4]);
            int y = channel / 9 - 1, x = channel / 3 % 3 - 1;
            float atCorner = y < 0 || x < 0 ? 0 : frame[x, y][channel % 3] / 255f * 2 - 1;
            Assert.Equal(atCorner, patches[channel * 9]);
        }
        Assert.Equal(-1, patches[27 * 9 + 13 * 9]);
    }

    [Fact]
    public void PatchesNeedFramesOfOneSize() =>
        Assert.Throws<ArgumentException>(() => FlowPatches.Of(new Image(3, 3), new Image(3, 4), CpuDevice.Default));

    private static IEnumerable<float> Plane(Image image, int channel) =>
        image.Rgb.Where((_, i) => i % 3 == channel).Select(value => (float)value);

    private static float[] Estimate(int height, int width, Func<int, float[]> tileFlow)
    {
        int tile = 0;
        return new FlowTiles(height, width, TileHeight, TileWidth, 2)
            .Estimate(new Image(width, height), new Image(width, height), (_, _) => tileFlow(tile++));
    }

    private static float[] Constant(float u, float v) =>
        [.. Enumerable.Repeat(u, TileHeight * TileWidth), .. Enumerable.Repeat(v, TileHeight * TileWidth)];
}
