// Classical optical flow beside OpenCV's DIS: time and end-point error on synthetic pairs whose motion is known.
using System.Diagnostics;
using System.Globalization;
using SspNative.Kernels.Cpu;
using SspNative.Model.Config;
using SspNative.Model.Data;
using SspNative.Model.Data.AvsBench;
using SspNative.Model.Data.Synthetic;
using SspNative.Model.Media;
using SspNative.Model.OpticalFlow;
using SspNative.Model.OpticalFlow.Pyramid;

const int Runs = 7, Clips = 3;
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
string python = args.Length > 0 ? args[0] : "python3";
string work = Directory.CreateTempSubdirectory("ssp-flow-").FullName;
try
{
    Console.WriteLine($"{CpuThreads.Count} threads; milliseconds a pair, median of {Runs}; end-point error in pixels of the frames");
    // A synthetic picture is square. The larger ones are made larger, and their motion with them.
    foreach ((string name, int size, int width, int height) in
        new[] { ("224x224", 224, 224, 224), ("384x384", 384, 384, 384), ("1280x720", 720, 1280, 720), ("3840x2160", 1024, 3840, 2160) })
        Compare(name, size, width, height);
}
finally
{
    Directory.Delete(work, recursive: true);
}

void Compare(string name, int size, int width, int height)
{
    string folder = Path.Combine(work, name);
    SyntheticDataSet.Write(folder, new SyntheticOptions(Clips, 20260, size, 2, SplitShares.Parse("test")), (_, _, _) => { });
    var clips = new AvsBenchDataset(folder, new AvsBenchOptions(ClipSplit.Test, AvsBenchOptions.ParseSubset("all"), SegmentationTask.Avs) { ExactFlow = true });
    var results = new Dictionary<string, (List<double> Seconds, List<double> Errors)>();
    for (int i = 0; i < clips.Count; i++)
    {
        TrainingClip clip = clips.Load(i);
        Image first = Enlarged(clip.Frames[0], width, height), second = Enlarged(clip.Frames[1], width, height);
        ClipFlow exact = clip.Flow! with { FrameWidth = size, FrameHeight = size };
        var estimator = new PyramidFlowEstimator();
        ClipFlow ours = ClipFlow.Estimate(estimator, [first, second]);
        var seconds = new List<double>();
        for (int run = 0; run < Runs; run++)
        {
            Thread.Sleep(50);
            long start = Stopwatch.GetTimestamp();
            ours = ClipFlow.Estimate(estimator, [first, second]);
            seconds.Add(Stopwatch.GetElapsedTime(start).TotalSeconds);
        }
        Add("pyramid", seconds, Error(ours.Width, ours.Height, (c, at) => ours.Data[c * ours.Width * ours.Height + at], exact, width, height));
        foreach ((string preset, double[] times, float[] flow) in Dis(first, second))
            Add($"dis {preset}", times, Error(width, height, (c, at) => flow[2 * at + c], exact, width, height));
    }
    foreach ((string method, (List<double> seconds, List<double> errors)) in results)
    {
        seconds.Sort();
        Console.WriteLine($"{name,-10} {method,-14} {1000 * seconds[seconds.Count / 2],8:0.0} ms   error {errors.Average():0.000}");
    }

    void Add(string method, IEnumerable<double> seconds, double error)
    {
        if (!results.TryGetValue(method, out (List<double> Seconds, List<double> Errors) known))
            results.Add(method, known = ([], []));
        known.Seconds.AddRange(seconds);
        known.Errors.Add(error);
    }
}

static Image Enlarged(Image image, int width, int height) => PilResize.Resize(image, width, height, ResampleFilter.Bicubic);

// DIS by Python's OpenCV: OpenCvSharp has no binding of it.
IEnumerable<(string Preset, double[] Seconds, float[] Flow)> Dis(Image first, Image second)
{
    string a = Path.Combine(work, "a.ppm"), b = Path.Combine(work, "b.ppm"), output = Path.Combine(work, "flow");
    WritePpm(a, first);
    WritePpm(b, second);
    using Process process = Process.Start(new ProcessStartInfo(
        python, [Path.Combine(AppContext.BaseDirectory, "opencv_dis.py"), a, b, output, $"{Runs}", $"{CpuThreads.Count}"])
    { RedirectStandardOutput = true })!;
    string[] lines = process.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
    process.WaitForExit();
    if (process.ExitCode != 0)
        throw new InvalidOperationException("DIS did not run: it needs Python with OpenCV (apt install python3-opencv)");
    byte[] bytes = File.ReadAllBytes(output);
    int length = 2 * first.Width * first.Height;
    for (int k = 0; k + 1 < lines.Length; k++)
    {
        string[] words = lines[k].Split(' ');
        float[] flow = new float[length];
        Buffer.BlockCopy(bytes, k * length * sizeof(float), flow, 0, length * sizeof(float));
        yield return (words[0], [.. words[1..].Select(double.Parse)], flow);
    }
}

static void WritePpm(string path, Image image)
{
    using FileStream file = File.Create(path);
    file.Write(System.Text.Encoding.ASCII.GetBytes($"P6\n{image.Width} {image.Height}\n255\n"));
    file.Write(image.Rgb);
}

// The mean distance between a flow, of a map of any size, and the exact one, at the pixels of the exact one; both in pixels of the frames.
static double Error(int mapWidth, int mapHeight, Func<int, int, float> flow, ClipFlow exact, int width, int height)
{
    double sum = 0, across = (double)width / exact.Width, down = (double)height / exact.Height;
    int pixels = exact.Width * exact.Height;
    for (int y = 0; y < exact.Height; y++)
        for (int x = 0; x < exact.Width; x++)
        {
            double sx = Math.Clamp((x + 0.5) * mapWidth / exact.Width - 0.5, 0, mapWidth - 1);
            double sy = Math.Clamp((y + 0.5) * mapHeight / exact.Height - 0.5, 0, mapHeight - 1);
            int x0 = (int)sx, y0 = (int)sy, x1 = Math.Min(mapWidth - 1, x0 + 1), y1 = Math.Min(mapHeight - 1, y0 + 1);
            double Sampled(int c) =>
                (flow(c, y0 * mapWidth + x0) * (1 - sx + x0) + flow(c, y0 * mapWidth + x1) * (sx - x0)) * (1 - sy + y0)
                + (flow(c, y1 * mapWidth + x0) * (1 - sx + x0) + flow(c, y1 * mapWidth + x1) * (sx - x0)) * (sy - y0);
            double u = Sampled(0) - across * exact.Data[y * exact.Width + x], v = Sampled(1) - down * exact.Data[pixels + y * exact.Width + x];
            sum += Math.Sqrt(u * u + v * v);
        }
    return sum / pixels;
}
