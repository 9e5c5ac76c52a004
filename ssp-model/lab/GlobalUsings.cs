global using SspNative.Engine;
global using SspNative.Engine.Diagnostics;
global using SspNative.Engine.Nn;
global using SspNative.Kernels;
