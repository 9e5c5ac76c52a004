using SspNative.Kernels;
using SspNative.Kernels.Cpu;
using Xunit;

namespace SspNative.Tests.Kernels.Attention;

public class DeformableAttentionTests
{
    public static TheoryData<CpuIsa, int, int, int, int> Cases
    {
        get
        {
            (int, int, int, int)[] sizes = [(1, 1, 1, 1), (19, 4, 8, 4), (7, 2, 33, 3), (300, 3, 32, 4), (17, 1, 50, 2)];
            var data = new TheoryData<CpuIsa, int, int, int, int>();
            foreach (CpuIsa isa in CpuDevice.SupportedIsas)
                foreach ((int queries, int heads, int dim, int points) in sizes)
                    data.Add(isa, queries, heads, dim, points);
            return data;
        }
    }

    [Theory, MemberData(nameof(Cases))]
    public void MatchesPlainLoops(CpuIsa isa, int queries, int heads, int dim, int points)
    {
        var call = new Call(new DeformableAttentionShape(2, queries, heads, dim, points, [(3, 5), (1, 1), (7, 4)]));
        double[][] expected = call.Expected();
        float[][] actual = call.Run(isa);
        for (int i = 0; i < expected.Length; i++)
            NaiveAttention.NearlyEqual(expected[i], actual[i]);
    }

    /// <summary>Random operands; locations reach well past every edge.</summary>
    private sealed class Call
    {
        private readonly DeformableAttentionShape _shape;
        private readonly float[] _value, _locations, _weights, _dy;

        public Call(DeformableAttentionShape shape)
        {
            _shape = shape;
            int samples = shape.B * shape.Q * shape.Heads * shape.Levels.Count * shape.Points;
            _value = KernelData.Random(shape.B * shape.S * shape.Heads * shape.Dim, 1);
            _locations = [.. KernelData.Random(2 * samples, 2).Select(x => 0.5f + 0.8f * x)];
            _weights = KernelData.Random(samples, 3);
            _dy = KernelData.Random(shape.B * shape.Q * shape.Heads * shape.Dim, 4);
        }

        /// <summary>y, dValue, dLocations, dWeights.</summary>
        public float[][] Run(CpuIsa isa)
        {
            using var data = new KernelData(isa);
            DeviceBuffer value = data.Up(_value), locations = data.Up(_locations);
            DeviceBuffer weights = data.Up(_weights), dy = data.Up(_dy);
            DeviceBuffer y = NaiveAttention.Unwritten(data, _dy.Length), dValue = NaiveAttention.Unwritten(data, _value.Length);
            DeviceBuffer dLocations = NaiveAttention.Unwritten(data, _locations.Length);
            DeviceBuffer dWeights = NaiveAttention.Unwritten(data, _weights.Length);
            data.Launch(new DeformableAttentionCall(_shape, value, locations, weights, y));
            data.Launch(new DeformableAttentionBackwardCall(_shape, value, locations, weights, dy, dValue, dLocations, dWeights));
            return
            [
                data.Down(y, _dy.Length), data.Down(dValue, _value.Length), data.Down(dLocations, _locations.Length),
                data.Down(dWeights, _weights.Length),
            ];
        }

        public double[][] Expected()
        {
            double[] y = new double[_dy.Length], dValue = new double[_value.Length];
            double[] dLocations = new double[_locations.Length], dWeights = new double[_weights.Length];
            int perQuery = _shape.Levels.Count * _shape.Points;
            for (int sample = 0; sample < _weights.Length; sample++)
            {
                int row = sample / perQuery, level = sample % perQuery / _shape.Points;
                int b = row / _shape.Heads / _shape.Q, head = row % _shape.Heads;
                (int h, int w) = _shape.Levels[level];
                int start = b * _shape.S + Enumerable.Range(0, level).Sum(l => _shape.Levels[l].H * _shape.Levels[l].W);
                // In single precision as the kernel sees it, so that both find the same cell.
                float px = _locations[2 * sample] * w - 0.5f, py = _locations[2 * sample + 1] * h - 0.5f;
                for (int corner = 0; corner < 4; corner++)
                {
                    int x = (int)MathF.Floor(px) + corner % 2, yy = (int)MathF.Floor(py) + corner / 2;
                    if (x < 0 || yy < 0 || x >= w || yy >= h)
                        continue;
                    double wx = 1 - Math.Abs((double)px - x), wy = 1 - Math.Abs((double)py - yy), weight = _weights[sample];
                    for (int c = 0; c < _shape.Dim; c++)
                    {
                        int at = ((start + yy * w + x) * _shape.Heads + head) * _shape.Dim + c;
                        double dy = _dy[row * _shape.Dim + c], both = _value[at] * dy;
                        y[row * _shape.Dim + c] += weight * wx * wy * _value[at];
                        dValue[at] += weight * wx * wy * dy;
                        dWeights[sample] += wx * wy * both;
                        dLocations[2 * sample] += (corner % 2 * 2 - 1) * w * wy * weight * both;
                        dLocations[2 * sample + 1] += (corner / 2 * 2 - 1) * h * wx * weight * both;
                    }
                }
            }
            return [y, dValue, dLocations, dWeights];
        }
    }
}
