using SspNative.Model;
using SspNative.Model.Pipeline;

using var model = SspModel.Load(args[0]);
foreach (SegmentedFrame frame in model.Segment(args[1]))
{
    int sounding = frame.Mask.Labels.Count(label => label != 0);
    Console.WriteLine($"{frame.Time:0} s: {sounding} of {frame.Mask.Labels.Length} pixels sound");
}
