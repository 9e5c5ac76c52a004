global using SspNative.Engine;
global using SspNative.Kernels;
