using ILGPU;

namespace SspNative.Kernels.Gpu;

/// <remarks>Attention whose queries are the features of pixels and whose scores have what keys make of rows and columns added.</remarks>
internal sealed partial class GpuKernels
{
    public void GridQueryAttention(in GridQueryAttentionCall call)
    {
        GridQueryAttentionShape s = call.Shape;
        int keys = checked(s.B * s.Nk);
        using var scales = new GpuScratch<float>(device, (long)s.B * s.H * s.W);
        using var features = new GpuScratch<float>(device, (long)keys * s.Features);
        using var positions = new GpuScratch<float>(device, (long)keys * s.Positions);
        using var rowScores = new GpuScratch<float>(device, (long)keys * s.H);
        using var columnScores = new GpuScratch<float>(device, (long)keys * s.W);
        PixelScales(call.Features, call.Rows, call.Columns, scales.View, s.B, s.H, s.W, s.Features, s.Positions, s.Epsilon);
        Centre(call.K, keys, s.Features, s.Positions, s.Scale, features.View, positions.View);
        PositionScores(positions.View, call.Rows, rowScores.View, s.B, s.Nk, s.H, s.Positions, entriesFirst: true);
        PositionScores(positions.View, call.Columns, columnScores.View, s.B, s.Nk, s.W, s.Positions, entriesFirst: true);
        _ = checked(s.B * s.H * s.W * s.DimV);
        Forward(
            new AttentionOperands
            {
                Q = Floats(call.Features),
                K = features.View,
                V = Floats(call.V),
                Y = Floats(call.Y),
                LogSumExp = Floats(OrAbsent(null)),
                DimQk = s.Features,
                DimV = s.DimV,
                ImageGroups = 1,
            },
            s.B, new PixelQueries(s, scales.View, rowScores.View, columnScores.View, Floats(call.KeyBias)));
    }
}

/// <summary><see cref="GridQueryAttentionShape"/>: a group is an image, and a query a pixel's features.</summary>
internal struct PixelQueries(
    in GridQueryAttentionShape shape, ArrayView<float> scales, ArrayView<float> rowScores, ArrayView<float> columnScores, ArrayView<float> bias)
    : IAttentionVariant
{
    private readonly int _h = shape.H, _w = shape.W, _nk = shape.Nk, _dimQk = shape.Features, _dimV = shape.DimV;
    private readonly float _scale = shape.Scale;
    private readonly ArrayView<float> _scales = scales, _rowScores = rowScores, _columnScores = columnScores, _bias = bias;
    private int _image;

    public readonly int Queries => _h * _w;

    public readonly int Keys => _nk;

    public void Bind(int group) => _image = group;

    public readonly int QueryAt(int token) => StatisticAt(token) * _dimQk;

    public readonly int KeyAt(int token) => (_image * _nk + token) * _dimQk;

    public readonly int ValueAt(int token) => (_image * _nk + token) * _dimV;

    public readonly int OutputAt(int token) => StatisticAt(token) * _dimV;

    public readonly int StatisticAt(int token) => _image * _h * _w + token;

    // Row and column.
    public readonly int QueryPlace(int token)
    {
        int row = token / _w;
        return row << 16 | token - row * _w;
    }

    // The bits of the key's bias.
    public readonly int KeyPlace(int token) => (int)Interop.FloatAsInt(_bias[_image * _nk + token] * _scale);

    public readonly float Score(float dot, int query, int key, int queryPlace, int keyPlace)
    {
        float row = _rowScores[(_image * _h + (queryPlace >> 16)) * _nk + key], column = _columnScores[(_image * _w + (queryPlace & 0xffff)) * _nk + key];
        return Instructions.Fma(dot + row + column, _scales[StatisticAt(query)], Interop.IntAsFloat((uint)keyPlace));
    }
}
