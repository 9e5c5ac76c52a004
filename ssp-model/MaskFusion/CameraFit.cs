namespace SspNative.Model.MaskFusion;

/// <summary>
/// The motion that a turning, shifting or zooming camera gives a flat scene, as an affine field: at (x, y), of −1…1 in the picture,
/// u = U[0] + U[1]·x + U[2]·y and v likewise.
/// </summary>
/// <param name="U">Motion to the right.</param>
/// <param name="V">Motion downwards.</param>
internal readonly record struct CameraMotion((float Shift, float AlongX, float AlongY) U, (float Shift, float AlongX, float AlongY) V)
{
    public (float U, float V) At(float x, float y) =>
        (U.Shift + U.AlongX * x + U.AlongY * y, V.Shift + V.AlongX * x + V.AlongY * y);
}

/// <summary>
/// Finds the camera's motion in a field of flow, most of which may be other motion. Least squares are reweighted by 1/(1 + r²/c²)² (Geman and McClure 1987)
/// with a falling c. They begin twice: with the commonest motion, a peak of the histogram, and with all pixels alike, which a zoom needs. The motion that
/// explains more pixels counts. Pixels near the border count more: what moves by itself is seldom there. Nothing is drawn at random.
/// </summary>
internal static class CameraFit
{
    private const int Samples = 6000;
    private const float BorderShare = 0.12f;
    private const float BorderWeight = 3f;

    // Pixels so near the camera's motion follow it.
    private const float Near = 0.75f;

    // By so much of all pixels a moving camera must explain more than one at rest.
    private const float LeastGain = 0.03f;

    private static readonly float[] _widths = [6, 4, 2.5f, 1.5f, 1, 0.7f, 0.5f, 0.5f];
    private static readonly float[] _wideWidths = [1000, 100, 50, 25, 12, .. _widths];

    /// <summary>The camera's motion; zero unless a moving camera explains clearly more.</summary>
    /// <param name="flow">(2,H,W): u right, v down.</param>
    /// <param name="width">W.</param>
    /// <param name="height">H.</param>
    /// <param name="unit">What flow is multiplied with to be pixels of a picture of 384.</param>
    /// <returns>In pixels of such a picture.</returns>
    public static CameraMotion Fit(ReadOnlySpan<float> flow, int width, int height, float unit)
    {
        Sample[] samples = Sampled(flow, width, height, unit);
        CameraMotion still = default, camera = Fit(samples, Commonest(samples), _widths), other = Fit(samples, still, _wideWidths);
        if (Explained(samples, other) > Explained(samples, camera))
            camera = other;
        double all = samples.Sum(s => (double)s.Weight);
        return Explained(samples, camera) > Explained(samples, still) + LeastGain * all ? camera : still;
    }

    private static CameraMotion Fit(Sample[] samples, CameraMotion start, float[] widths) =>
        widths.Aggregate(start, (camera, width) => Refit(samples, camera, width));

    private static Sample[] Sampled(ReadOnlySpan<float> flow, int width, int height, float unit)
    {
        int pixels = width * height, step = Math.Max(1, (int)Math.Sqrt(pixels / (double)Samples));
        var samples = new List<Sample>(Math.Min(pixels, 4 * Samples));
        for (int y = step / 2; y < height; y += step)
            for (int x = step / 2; x < width; x += step)
            {
                float across = Position(x, width), down = Position(y, height);
                bool isBorder = Math.Max(Math.Abs(across), Math.Abs(down)) > 1 - 2 * BorderShare;
                samples.Add(new Sample(
                    across, down, unit * flow[y * width + x], unit * flow[pixels + y * width + x], isBorder ? BorderWeight : 1));
            }
        return [.. samples];
    }

    /// <summary>Where a pixel's centre lies, −1…1.</summary>
    public static float Position(int index, int length) => (2 * index + 1f) / length - 1;

    // The bin of a pixel's width that has the most weight with its eight neighbours; of equals the first found.
    private static CameraMotion Commonest(Sample[] samples)
    {
        var histogram = new Dictionary<(int, int), float>();
        foreach (Sample s in samples)
        {
            (int, int) bin = ((int)MathF.Round(s.U), (int)MathF.Round(s.V));
            histogram[bin] = histogram.GetValueOrDefault(bin) + s.Weight;
        }
        (int U, int V) best = default;
        float most = -1;
        foreach ((int u, int v) in histogram.Keys)
        {
            float weight = 0;
            for (int du = -1; du <= 1; du++)
                for (int dv = -1; dv <= 1; dv++)
                    weight += histogram.GetValueOrDefault((u + du, v + dv));
            if (weight > most)
                (best, most) = ((u, v), weight);
        }
        return new CameraMotion((best.U, 0, 0), (best.V, 0, 0));
    }

    private static CameraMotion Refit(Sample[] samples, CameraMotion camera, float c)
    {
        double s1 = 0, sx = 0, sy = 0, sxx = 0, sxy = 0, syy = 0, u = 0, ux = 0, uy = 0, v = 0, vx = 0, vy = 0;
        foreach (Sample s in samples)
        {
            double far = 1 + s.SquareError(camera) / (c * c), w = s.Weight / (far * far);
            double wx = w * s.X, wy = w * s.Y;
            s1 += w;
            sx += wx;
            sy += wy;
            sxx += wx * s.X;
            sxy += wx * s.Y;
            syy += wy * s.Y;
            u += w * s.U;
            ux += wx * s.U;
            uy += wy * s.U;
            v += w * s.V;
            vx += wx * s.V;
            vy += wy * s.V;
        }
        // A picture of one row says nothing of what is above it: slopes are held at 0 where nothing holds them.
        double ridge = 1e-3 * s1;
        (sxx, syy) = (sxx + ridge, syy + ridge);
        double a = sxx * syy - sxy * sxy, b = sxy * sy - sx * syy, d = sx * sxy - sxx * sy;
        double determinant = s1 * a + sx * b + sy * d;
        if (!(determinant > 1e-12 * s1 * s1 * s1))
            return camera;
        return new CameraMotion(Solve(u, ux, uy), Solve(v, vx, vy));

        // By the inverse of the symmetric matrix (s1 sx sy; sx sxx sxy; sy sxy syy).
        (float, float, float) Solve(double r, double rx, double ry) => (
            (float)((a * r + b * rx + d * ry) / determinant),
            (float)((b * r + (s1 * syy - sy * sy) * rx + (sx * sy - s1 * sxy) * ry) / determinant),
            (float)((d * r + (sx * sy - s1 * sxy) * rx + (s1 * sxx - sx * sx) * ry) / determinant));
    }

    private static double Explained(Sample[] samples, CameraMotion camera)
    {
        double explained = 0;
        foreach (Sample s in samples)
            if (s.SquareError(camera) < Near * Near)
                explained += s.Weight;
        return explained;
    }

    private readonly record struct Sample(float X, float Y, float U, float V, float Weight)
    {
        public float SquareError(CameraMotion camera)
        {
            (float u, float v) = camera.At(X, Y);
            return (U - u) * (U - u) + (V - v) * (V - v);
        }
    }
}
