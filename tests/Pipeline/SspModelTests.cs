using SspNative.Engine;
using SspNative.Engine.Diagnostics;
using SspNative.Engine.Nn;
using SspNative.Kernels;
using SspNative.Kernels.Cpu;
using SspNative.Model;
using SspNative.Model.MaskFusion;
using SspNative.Model.Media;
using SspNative.Model.Networks;
using SspNative.Model.OpticalFlow;
using SspNative.Model.Pipeline;
using SspNative.Model.Results;
using SspNative.Tests.Architecture;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.Pipeline;

/// <summary>The front door of the library.</summary>
[LeakCheck]
public sealed class SspModelTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void ThreeLinesSegmentAClip()
    {
        using var model = SspModel.Load(Repository.Path("models/synth-avs.safetensors"));
        int[] sounding = [.. model.Segment(Repository.Path("examples/clock-and-guitar")).Select(frame => frame.Mask.Labels.Count(l => l != 0))];
        Assert.Equal(5, sounding.Length);
        Assert.All(sounding[..3], pixels => Assert.InRange(pixels, 1500, 2600));
        Assert.All(sounding[3..], pixels => Assert.InRange(pixels, 0, 200));
    }

    [Fact]
    public void AModelSegmentsOneClipAfterTheOtherWithTheSameResult()
    {
        using SspModel kept = Load(keeps: true), freed = Load(keeps: false);
        string clip = Clip(4);
        byte[][] first = Masks(kept, clip);
        Assert.Equal(first, Masks(kept, clip));
        Assert.Equal(first, Masks(freed, clip));
        Assert.Equal(first, Masks(freed, clip));
    }

    [Fact]
    public void NetworksThatAreFreedLeaveNoMemoryBehind()
    {
        using var device = new CpuDevice(CpuDevice.Default.Isa);
        using SspModel kept = Load(keeps: true, device), freed = Load(keeps: false, device);
        Masks(freed, Clip(3));
        Assert.InRange(device.HeldBytes, 0, 1 << 20);
        Masks(kept, Clip(3));
        Assert.True(device.HeldBytes > 1 << 20);
    }

    // What is seen of a frame does not depend on how many come after it, but for the strongest motion, which fixed masks do without.
    [Fact]
    public void FramesAreThoseOfAShorterClip()
    {
        using SspModel model = Load(keeps: true);
        var settings = new SegmentationSettings { Flow = FlowKind.None };
        byte[][] all = Masks(model, Clip(9), settings), some = Masks(model, Clip(4), settings);
        Assert.Equal(some, all[..4]);
    }

    // A frame's picture, mask and scores are about 60 kB, its flow 40 kB: sixty times the frames would take 60 MB more if they were kept.
    [SkippableTheory]
    [InlineData(FlowKind.None)]
    [InlineData(FlowKind.Pyramid)]
    public void MemoryDoesNotGrowWithTheClip(FlowKind flow)
    {
        Skip.If(flow == FlowKind.Pyramid && !SlowTests.Wanted, SlowTests.Reason);
        using SspModel model = Load(keeps: true);
        var settings = new SegmentationSettings { Flow = flow };
        (long Tensors, long Managed) few = Peak(10), many = Peak(600);
        Assert.Equal(few.Tensors, many.Tensors);
        Assert.True(many.Managed < few.Managed + 6_000_000, $"10 frames take {few.Managed}, 600 take {many.Managed}");

        (long, long) Peak(int frames)
        {
            string clip = Clip(frames);
            model.Segment(clip, settings).First();
            model.Device.ResetPeak();
            long managed = 0;
            foreach (SegmentedFrame frame in model.Segment(clip, settings))
                if (frame.Index % 50 == 9)
                    managed = Math.Max(managed, GC.GetTotalMemory(forceFullCollection: true));
            return (model.Device.PeakBytes, managed);
        }
    }

    // With all that is written of a clip. What a frame leaves in memory is what the report says of it: 370 to 470 bytes were measured.
    [SkippableFact]
    public void WhatIsWrittenOfAFrameIsNotKept()
    {
        Skip.IfNot(Programs.HasFfmpeg, "ffmpeg is not installed");
        using SspModel model = Load(keeps: true);
        Kept(10);
        const int few = 50, many = 600;
        long less = Kept(few), more = Kept(many);
        Assert.True(more - less < (many - few) * 700, $"{few} frames leave {less} bytes, {many} leave {more}");

        long Kept(int frames)
        {
            long start = GC.GetTotalMemory(forceFullCollection: true), most = 0;
            using var writer = new ResultWriter(_folder[$"result{frames}"], new ResultVideos(Overlay: true));
            writer.Write(model.Begin(Clip(frames), new SegmentationSettings { Flow = FlowKind.None }, (stage, done, total) =>
            {
                if (done == total)
                    most = Math.Max(most, GC.GetTotalMemory(forceFullCollection: true) - start);
            }));
            return most;
        }
    }

    // Ten minutes of sound beside three frames: neither what is heard of it nor the page that plays it holds it.
    [Fact]
    public void ALongSoundIsNotHeld()
    {
        using SspModel model = Load(keeps: true);
        string clip = Clip(3);
        Written("short");
        Fixtures.WriteWav(Path.Combine(clip, "audio.wav"), 600);
        long allocated = GC.GetAllocatedBytesForCurrentThread();
        Written("long");
        allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
        Assert.True(allocated < 10 << 20, $"{allocated >> 20} MB were allocated");
        // The page plays all of it.
        Assert.InRange(new FileInfo(Path.Combine(_folder["long"], "index.html")).Length, 25_600_000, 26_000_000);

        void Written(string result)
        {
            using var writer = new ResultWriter(_folder[result]);
            writer.Write(model.Begin(clip, new SegmentationSettings { Flow = FlowKind.None }, (_, _, _) => { }));
        }
    }

    [Fact]
    public void NetworksThatAreFreedAreNotHeldAtOnce()
    {
        long freed = Peak(keeps: false), kept = Peak(keeps: true);
        long clip = Weights(root => Ssp.MakeClipVision(root, TinyModel.Binary)), encoder = Weights(root => Ssp.MakeVtaEncoder(root, TinyModel.Binary));
        Assert.True(freed + clip + encoder <= kept, $"{freed} bytes at most, {kept} where all is kept; CLIP has {clip}, the alignment's encoder {encoder}");

        long Peak(bool keeps)
        {
            using IDevice device = TinyModel.Device();
            using SspModel model = Load(keeps, device);
            Assert.Equal(4, Masks(model, Clip(4)).Length);
            return device.PeakBytes;
        }

        static long Weights(Action<ParameterPath> make)
        {
            using var device = new CountingDevice();
            using var store = new ParameterStore(new ShapesOnlySource(), device);
            make(store.Root);
            return device.LiveBytes;
        }
    }

    [Fact]
    public void AClipThatIsLeftUnreadLeavesNothing()
    {
        long live = CpuDevice.Default.LiveBuffers;
        using (SspModel model = Load(keeps: false))
        {
            Assert.Equal(0, model.Segment(Clip(5), new SegmentationSettings { Flow = FlowKind.Pyramid }).First().Index);
            Assert.Equal(live, CpuDevice.Default.LiveBuffers);
            Assert.Empty(Directory.GetFiles(Path.GetTempPath(), "ssp-*.tmp"));
        }
        Assert.Equal(live, CpuDevice.Default.LiveBuffers);
    }

    [Fact]
    public void WhatCannotBeUsedIsSaidWithoutOptionsOfACommand()
    {
        Assert.DoesNotContain("--", Assert.Throws<InputException>(() => SspModel.Load(_folder["none.safetensors"])).Message);
        Assert.DoesNotContain("--", Assert.Throws<InputException>(
            () => SspModel.Load(new SspModelOptions { Weights = [Repository.Path("models/synth-avss.safetensors")] })).Message);
    }

    // Equation (2) with the model's own first answer in the ground truth's place.
    [Fact]
    public void ABinaryModelIsItsOwnFirstStage()
    {
        using SspModel model = Load(keeps: true);
        string clip = Clip(3);
        SegmentationSettings Mode(InferenceMaskMode mode) => new() { Flow = FlowKind.Pyramid, InferenceMask = mode };
        SegmentedFrame[] moving = [.. model.Segment(clip, Mode(InferenceMaskMode.Hard))], first = [.. model.Segment(clip, Mode(InferenceMaskMode.Soft))];
        SegmentedFrame[] second = [.. model.Segment(clip, Mode(InferenceMaskMode.Stage1))];
        for (int t = 0; t < 3; t++)
        {
            IEnumerable<float> expected = moving[t].PreMask.Values.Zip(first[t].Mask.Labels, (m, l) => 0.5f * (m + (l == 0 ? 0 : 1)));
            Assert.Equal(expected, second[t].PreMask.Values);
        }
        Assert.Contains(second, s => s.PreMask.Values.Distinct().Count() > 1);
    }

    public void Dispose() => _folder.Dispose();

    private static SspModel Load(bool keeps, IDevice? device = null) =>
        SspModel.Load(new SspModelOptions { Weights = ["procedural:3"], Config = TinyModel.Binary, KeepsNetworks = keeps }, device);

    private static byte[][] Masks(SspModel model, string clip, SegmentationSettings? settings = null) =>
        [.. model.Segment(clip, settings ?? new SegmentationSettings { Flow = FlowKind.Pyramid }).Select(f => f.Mask.Labels)];

    private string Clip(int frames)
    {
        string folder = _folder[$"clip{frames}"];
        if (Directory.Exists(folder))
            return folder;
        for (int t = 0; t < frames; t++)
        {
            var frame = new Image(96, 64);
            new Random(t % 7).NextBytes(frame.Rgb);
            frame.SavePng(Path.Combine(folder, "frames", $"{t}.png"));
        }
        Fixtures.WriteWav(Path.Combine(folder, "audio.wav"), 5);
        return folder;
    }
}
