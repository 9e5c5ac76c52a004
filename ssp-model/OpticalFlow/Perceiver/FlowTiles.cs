using SspNative.Model.Media;

namespace SspNative.Model.OpticalFlow.Perceiver;

/// <summary>
/// Optical flow of pictures of any size from a network of one fixed size: overlapping tiles, blended with weights that fall
/// towards each tile's border. Sides shorter than a tile are stretched to it and the flow is scaled back.
/// Source of tiles and weights: Perceiver IO's optical-flow demonstration.
/// </summary>
internal sealed class FlowTiles
{
    private readonly int _height;
    private readonly int _width;
    private readonly int _tileHeight;
    private readonly int _tileWidth;
    private readonly int _workingHeight;
    private readonly int _workingWidth;

    /// <param name="height">Rows of a frame.</param>
    /// <param name="width">Columns of a frame.</param>
    /// <param name="tileHeight">Rows of the network's input; 368 as published.</param>
    /// <param name="tileWidth">Columns of the network's input; 496 as published.</param>
    /// <param name="overlap">Pixels that neighbouring tiles share at least.</param>
    public FlowTiles(int height, int width, int tileHeight = 368, int tileWidth = 496, int overlap = 20)
    {
        (_height, _width, _tileHeight, _tileWidth) = (height, width, tileHeight, tileWidth);
        _workingHeight = Math.Max(height, tileHeight);
        _workingWidth = Math.Max(width, tileWidth);
        Origins =
        [
            .. from top in Starts(_workingHeight, tileHeight, overlap)
               from left in Starts(_workingWidth, tileWidth, overlap)
               select (top, left),
        ];
    }

    /// <summary>Corners of the tiles, row by row; their number is the number of network runs for a pair of frames.</summary>
    public IReadOnlyList<(int Top, int Left)> Origins { get; }

    /// <summary>
    /// Where tiles start along one side: every tile − overlap pixels, the last moved back to end at the border. A side of
    /// exactly one tile, or of whole steps, gets no tile twice.
    /// </summary>
    public static IReadOnlyList<int> Starts(int size, int tile, int overlap)
    {
        if (tile > size || overlap < 0 || overlap >= tile)
            throw new ArgumentException($"tiles of {tile} with an overlap of {overlap} cannot cover {size}");
        var starts = new List<int>();
        for (int start = 0; start + tile < size; start += tile - overlap)
            starts.Add(start);
        starts.Add(size - tile);
        return starts;
    }

    /// <summary>The flow from the first frame to the second, (2,H,W) in pixels of these frames: u right, then v down.</summary>
    /// <param name="tileFlow">The network: two tiles → (2, tile height, tile width) in pixels.</param>
    public float[] Estimate(Image first, Image second, Func<Image, Image, float[]> tileFlow)
    {
        CheckSize(first);
        CheckSize(second);
        first = PilResize.Resize(first, _workingWidth, _workingHeight, ResampleFilter.Bilinear);
        second = PilResize.Resize(second, _workingWidth, _workingHeight, ResampleFilter.Bilinear);

        int pixels = _workingHeight * _workingWidth;
        double[] sums = new double[2 * pixels], weights = new double[pixels];
        foreach ((int top, int left) in Origins)
        {
            float[] flow = tileFlow(
                first.Crop(left, top, _tileWidth, _tileHeight), second.Crop(left, top, _tileWidth, _tileHeight));
            for (int y = 0; y < _tileHeight; y++)
                for (int x = 0; x < _tileWidth; x++)
                {
                    int from = y * _tileWidth + x, to = (top + y) * _workingWidth + left + x;
                    double weight = Weight(y, x);
                    weights[to] += weight;
                    sums[to] += weight * flow[from];
                    sums[pixels + to] += weight * flow[_tileHeight * _tileWidth + from];
                }
        }

        float[] blended = new float[2 * pixels];
        for (int i = 0; i < blended.Length; i++)
            blended[i] = (float)(sums[i] / weights[i % pixels]);
        return ScaleBack(blended);
    }

    /// <summary>Distance in pixels to the nearest border of the tile, 1 on the border itself.</summary>
    private int Weight(int y, int x) => Math.Min(Math.Min(x + 1, _tileWidth - x), Math.Min(y + 1, _tileHeight - y));

    /// <summary>Scales from the working size to the frames': bilinear between pixel centres, u and v by the ratio of sides.</summary>
    private float[] ScaleBack(float[] flow)
    {
        if (_workingHeight == _height && _workingWidth == _width)
            return flow;
        float ratioX = (float)_width / _workingWidth, ratioY = (float)_height / _workingHeight;
        float[] scaled = new float[2 * _height * _width];
        for (int component = 0; component < 2; component++)
        {
            ReadOnlySpan<float> map = flow.AsSpan(component * _workingHeight * _workingWidth, _workingHeight * _workingWidth);
            for (int y = 0; y < _height; y++)
            {
                (int above, int below, float down) = Neighbours(y, ratioY, _workingHeight);
                for (int x = 0; x < _width; x++)
                {
                    (int left, int right, float across) = Neighbours(x, ratioX, _workingWidth);
                    float upper = float.Lerp(map[above * _workingWidth + left], map[above * _workingWidth + right], across);
                    float lower = float.Lerp(map[below * _workingWidth + left], map[below * _workingWidth + right], across);
                    scaled[(component * _height + y) * _width + x] =
                        float.Lerp(upper, lower, down) * (component == 0 ? ratioX : ratioY);
                }
            }
        }
        return scaled;
    }

    private static (int Before, int After, float Fraction) Neighbours(int position, float ratio, int size)
    {
        float source = Math.Max(0, (position + 0.5f) / ratio - 0.5f);
        int before = Math.Min((int)source, size - 1);
        return (before, Math.Min(before + 1, size - 1), source - before);
    }

    private void CheckSize(Image frame)
    {
        if (frame.Width != _width || frame.Height != _height)
            throw new ArgumentException($"these tiles cover {_width}×{_height}, not a frame of {frame.Width}×{frame.Height}");
    }
}
